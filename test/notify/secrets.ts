import { Buffer } from 'node:buffer';

/** Keys of Standard Webhooks, as the files of secrets have them, and their bytes. */
export const SECRETS = ['old', 'new'].map((name) => {
  const key = Buffer.from(name.padEnd(32, '.'));
  return { text: `whsec_${key.toString('base64')}`, key };
});
