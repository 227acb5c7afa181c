/** Where messages go, as the notify file says, with the secrets from the files that it names. */
export type ChannelSettings = WebhookSettings | AlertmanagerSettings | EmailSettings | SlackSettings;

interface AnyChannel {
  readonly name: string;
  /** Asked every minute while delivery works. A secret. */
  readonly heartbeatUrl: string | undefined;
  /** Certificates that are trusted beside Node's own, in PEM. */
  readonly ca: string | undefined;
}

export interface WebhookSettings extends AnyChannel {
  readonly type: 'webhook';
  /** A secret. */
  readonly url: string;
  /** The keys that sign: more than one while they are changed. */
  readonly keys: readonly Buffer[];
}

export interface AlertmanagerSettings extends AnyChannel {
  readonly type: 'alertmanager';
  /** The address of the Alertmanager, without `/api/v2` and without a slash at the end. */
  readonly url: string;
  /** The value of the header, a secret; undefined if the receiver asks for none. */
  readonly authorization: string | undefined;
}

export interface EmailSettings extends AnyChannel {
  readonly type: 'email';
  readonly host: string;
  readonly port: number;
  /** `starttls`: refuses to continue without; `implicit`: from the first byte; `none`: in clear text. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly login: { readonly user: string; readonly pass: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export interface SlackSettings extends AnyChannel {
  readonly type: 'slack';
  /** A secret. */
  readonly url: string;
}
