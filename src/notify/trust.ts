import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/**
 * Options of a connection that also trusts these certificates, in PEM, beside those that Node trusts by itself: a heartbeat
 * URL may be outside where a receiver is inside. Read once, not for each connection.
 */
export function trusting(ca: string | undefined): { readonly secureContext?: SecureContext } {
  return ca === undefined ? {} : { secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) };
}
