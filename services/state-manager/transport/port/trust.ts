/** Certificates of clients that were let in, held against authorities that have changed since. */
import { X509Certificate } from 'node:crypto';

/** Certificates from a client's own up, at most. */
const maxChain = 10;

/** The certificates of a PEM file. */
export function readAuthorities(pem: Buffer): readonly X509Certificate[] {
  const parts = String(pem).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return parts.map((part) => new X509Certificate(part));
}

/** One of the authorities has signed it, or a certificate above it that the client has shown as well. */
export function isSignedBy(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let shown: X509Certificate | undefined = certificate;
  for (let i = 0; shown !== undefined && i < maxChain; i++) {
    const lower: X509Certificate = shown;
    if (authorities.some((authority) => hasSigned(authority, lower))) return true;
    const above: X509Certificate | undefined = lower.issuerCertificate;
    shown = above !== undefined && hasSigned(above, lower) ? above : undefined;
  }
  return false;
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
