import { DeliveryError } from '../channel.ts';
import { deliveryErrorOf } from '../failure.ts';

/** What went wrong with a mail, in our own words: a mail server may repeat what it was sent, including the password. */
export function smtpFailure(error: unknown): DeliveryError {
  if (!(error instanceof Error)) return deliveryErrorOf(error);
  const { responseCode, command, code } = factsOf(error);
  if (responseCode !== undefined)
    return new DeliveryError(`the mail server answered ${responseCode}${to(command)}${advice(code)}`);
  const words = code === undefined ? undefined : WORDS[code];
  return words === undefined ? deliveryErrorOf(error) : new DeliveryError(words);
}

const WORDS: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server does not take a login in this way',
  ECONNECTION: 'the mail server closed the connection',
  EDNS: 'the host name of the mail server is not known',
  ESOCKET:
    'no secure connection to the mail server: is its certificate trusted, and is tls right for the port?',
  ETLS: 'no secure connection to the mail server: is its certificate trusted, and is tls right for the port?',
};

interface SmtpFacts {
  readonly responseCode: number | undefined;
  readonly command: string | undefined;
  readonly code: string | undefined;
}

function factsOf(error: Error): SmtpFacts {
  return {
    responseCode:
      'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined,
    command: 'command' in error && typeof error.command === 'string' ? error.command : undefined,
    code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
  };
}

/** Only commands without arguments are named. */
function to(command: string | undefined): string {
  return command !== undefined && /^[A-Z]+(?: (?:FROM|TO|PLAIN|LOGIN|CRAM-MD5))?$/.test(command)
    ? ` to ${command}`
    : '';
}

function advice(code: string | undefined): string {
  if (code === 'EAUTH') return ': are the user name and the password right?';
  return code === 'EENVELOPE' ? ': does it take mail from this sender to these recipients?' : '';
}
