// Identities: 128 random bits each.

const bits = (): Uint8Array => crypto.getRandomValues(new Uint8Array(16));

/** A writer: 32 hexadecimal digits. */
export const newWriter = (): string => Array.from(bits(), (byte) => (byte + 256).toString(16).slice(1)).join('');

/** A visitor: 22 characters of base64url. */
export const newVisitor = (): string =>
  btoa(String.fromCharCode(...bits()))
    .slice(0, 22)
    .replace(/\W/g, (sign) => (sign > '+' ? '_' : '-'));
