// What each collector answers.

/** The answer to a request at a path. */
export function answer(path, sent) {
  // Wayside's ack names what is on disk: its writer and numbers stand at the head of each batch.
  if (path === '/v1/batch') return JSON.stringify({ acks: [acked(sent)] });
  // PostHog compresses for a server that says it can read that.
  if (path.startsWith('/posthog')) return '{"supportedCompression":["gzip","gzip-js"]}';
  if (path.startsWith('/mixpanel')) return '{"status":1,"error":null}';
  if (path.startsWith('/amplitude')) return '{"code":200}';
  if (path.startsWith('/countly')) return '{"result":"Success"}';
  if (path.endsWith('/sourceConfig') || path.includes('/sourceConfig/')) {
    const config = { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } };
    return JSON.stringify({ source: { id: 'id', name: 'shop', writeKey: 'key', enabled: true, workspaceId: 'w', config, connections: [], destinations: [], dataplanes: {} }, updatedAt: '2026-01-01T00:00:00Z' });
  }
  return '{}';
}

function acked(batch) {
  let at = 19;
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = batch[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const skip = () => {
    const length = number();
    at += length;
  };
  skip();
  skip();
  const first = number();
  const count = number();
  return { writer: batch.toString('hex', 3, 19), ranges: [[first, first + count - 1]] };
}
