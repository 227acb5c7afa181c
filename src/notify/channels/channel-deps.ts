import type { HttpClient } from '../http-client.ts';

/** What a channel needs beside its settings. */
export interface ChannelDeps {
  readonly client: HttpClient;
  /** Where people reach the pages, without a slash at the end. */
  readonly publicUrl: string;
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  /** Called with the receiver's answer, in our own words. */
  readonly onAnswer: (words: string) => void;
  /** Called with what somebody should look at, although the message was delivered. */
  readonly onWarning: (words: string) => void;
}
