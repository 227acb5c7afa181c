import type { HttpClient } from '../http-client.ts';

/** What a channel needs beside its settings. */
export interface ChannelDeps {
  readonly client: HttpClient;
  /** Where people reach the pages, without a slash at the end. */
  readonly publicUrl: string;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  /** Told what the receiver answered, in words of our own. */
  readonly onAnswer: (words: string) => void;
  /** Told what somebody should look at, though the message was delivered. */
  readonly onWarning: (words: string) => void;
}
