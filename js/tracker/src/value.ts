// Encoding of values as bytes for the Wasm, little-endian as in every browser's typed arrays. The counterpart is `crates/web/src/value.rs`.

/** The first byte of a value: its type. */
const enum Tag {
  null,
  false,
  true,
  /** Followed by a float of eight bytes. */
  number,
  /** Followed by a length and UTF-8. */
  text,
  /** Followed by a count and the items. */
  list,
  /** Followed by a count and pairs of name (without a tag) and value. */
  map,
  /** Followed by a length and raw bytes; only the Wasm sends these. */
  bytes,
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Encodes a JSON value; any other value becomes null. */
export function encode(value: unknown): Uint8Array {
  // A value takes at most five bytes per character of its JSON: `0,` takes nine, `"",` five.
  const out = new Uint8Array(JSON.stringify(value).length * 5 + 9);
  const view = new DataView(out.buffer);
  let at = 0;
  const tag = (tag: Tag): void => {
    out[at++] = tag;
  };
  const count = (n: number): void => view.setUint32((at += 4) - 4, n, true);
  const text = (text: string): void => {
    let length = 0;
    // Most texts are short and ASCII; for these, calling the encoder would cost more than everything else.
    while ((out[at + 4 + length] = text.charCodeAt(length)) < 128) length++;
    if (length < text.length) length = utf8.encodeInto(text, out.subarray(at + 4)).written;
    count(length);
    at += length;
  };
  const put = (value: unknown): void => {
    if (typeof value === 'string') {
      tag(Tag.text);
      text(value);
    } else if (Number.isFinite(value)) {
      tag(Tag.number);
      view.setFloat64((at += 8) - 8, value as number, true);
    } else if (Array.isArray(value)) {
      tag(Tag.list);
      count(value.length);
      value.forEach(put);
    } else if (value && typeof value === 'object') {
      const pairs = Object.entries(value);
      tag(Tag.map);
      count(pairs.length);
      for (const [name, value] of pairs) {
        text(name);
        put(value);
      }
    } else {
      tag(value === true ? Tag.true : value === false ? Tag.false : Tag.null);
    }
  };
  put(value);
  return out.subarray(0, at);
}

/** Decodes consecutive values that the Wasm has encoded. */
export function decode(bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 0;
  const count = (): number => view.getUint32((at += 4) - 4, true);
  const raw = (length = count()): Uint8Array => bytes.subarray(at, (at += length));
  const text = (): string => fromUtf8.decode(raw());
  const list = <T>(item: () => T): T[] => Array.from({ length: count() }, item);
  const get = (): unknown => {
    const tag = bytes[at++];
    if (tag === Tag.number) return view.getFloat64((at += 8) - 8, true);
    if (tag === Tag.text) return text();
    if (tag === Tag.list) return list(get);
    if (tag === Tag.map) return Object.fromEntries(list(() => [text(), get()]));
    if (tag === Tag.bytes) return raw();
    return tag ? tag === Tag.true : null;
  };
  const values = [];
  while (at < bytes.length) values.push(get());
  return values;
}
