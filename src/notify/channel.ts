import type { Message, Problem } from '../domain/notify/message.ts';

/**
 * Where messages go. A rejected promise means that the message must be sent again, with the same id; `DeliveryError` says
 * what the receiver said about it. Nothing is sent after the signal is aborted.
 */
export type Channel = MessageChannel | AlertChannel;

/** A channel that gets each message once. */
export interface MessageChannel {
  readonly kind: 'messages';
  readonly name: string;
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** A channel that is told again and again what is open, because its receiver forgets. */
export interface AlertChannel {
  readonly kind: 'alerts';
  readonly name: string;
  /** Called at each change and every minute, with all that is open and all that ended in the last minutes. */
  tell(
    alerts: { readonly firing: readonly Problem[]; readonly resolved: readonly Problem[] },
    signal: AbortSignal,
  ): Promise<void>;
}

/** A message could not be delivered. The text is for operators: it has no secret and nothing of the receiver's body. */
export class DeliveryError extends Error {
  /** The wait that the receiver asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs, cause }: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'DeliveryError';
    this.retryAfterMs = retryAfterMs;
  }
}
