import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/**
 * Options of a connection that trusts these certificates, in PEM, in addition to Node's own: a heartbeat URL may be
 * outside and a receiver inside. They are read once, not for each connection.
 */
export function trusting(ca: string | undefined): { readonly secureContext?: SecureContext } {
  return ca === undefined ? {} : { secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) };
}
