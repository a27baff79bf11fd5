// Between page module and Wasm: what is left of wasm-bindgen's glue where only numbers and bytes cross. `wasm.…` are names of
// the module's exports as wasm-bindgen gives them; `cargo xtask wasm` puts in those of the module as it is shipped.

let wasm;

// Makes a new instance, so that the page can start again after a trap. `source` is an address, a response, bytes or a
// compiled module, or a promise of one. The bytes are compiled whole rather than as a stream: at this size a stream gains
// nothing, and it refuses a server that sends another type than application/wasm.
export async function load(source) {
    source = await source;
    if (typeof source === 'string' || source instanceof URL) source = await fetch(source);
    if (source instanceof Response) {
        if (!source.ok) throw `${source.url}: HTTP ${source.status}`;
        source = await source.arrayBuffer();
    }
    const made = await WebAssembly.instantiate(source);
    wasm = (made.instance ?? made).exports;
}

export function take(kind, at, payload) {
    return taken(wasm.take(kind, at, given(payload), payload.length));
}

// All that the instance knows. It is another array after each call of the Wasm: memory grows.
export function memory() {
    return new Uint8Array(wasm.memory.buffer);
}

// Bytes for the Wasm, which frees them.
function given(bytes) {
    const at = wasm.__wbindgen_malloc(bytes.length, 1);
    memory().set(bytes, at);
    return at;
}

// Bytes of the Wasm, which it leaves to us to free. Addresses here are small: a page's module never has two gigabytes.
function taken([at, length]) {
    const bytes = memory().slice(at, at + length);
    wasm.__wbindgen_free(at, length, 1);
    return bytes;
}
