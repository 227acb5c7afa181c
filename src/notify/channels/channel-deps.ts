import type { HttpClient } from '../http-client.ts';

/** What a channel needs beside its settings. */
export interface ChannelDeps {
  readonly client: HttpClient;
  /** Where people reach the pages, without a slash at the end. */
  readonly publicUrl: string;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  /** Told what the receiver answered, in words of our own, and what of it somebody should know. */
  readonly onAnswer: (words: string) => void;
}
