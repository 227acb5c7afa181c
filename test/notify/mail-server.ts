import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { CERTIFICATE } from './certificate.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

/** A real SMTP server on loopback, for one test. It accepts every mail by default. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    ...CERTIFICATE,
    authOptional: true,
    closeTimeout: 100,
    // Logins over a connection in clear text are for tests that read what was sent.
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
    onData(stream, session, done) {
      text(stream)
        .then((raw) => {
          const { envelope, secure, user } = session;
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          const to = envelope.rcptTo.map(({ address }) => address);
          mails.push({
            from,
            to,
            raw,
            isSecure: secure,
            user: user === undefined ? undefined : String(user),
          });
          done();
        })
        .catch(done);
    },
    ...options,
  });
  // Some tests break connections off.
  server.on('error', () => undefined);
  const { server: socket } = server;
  server.listen(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { port: (socket.address() as AddressInfo).port, mails };
}
