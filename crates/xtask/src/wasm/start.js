// Takes the place of wasm-bindgen's loader, at a third of its size. Each call makes a new instance, so that the page can
// start again after a trap. `source` is what wasm-bindgen's own loader takes: an address, a response, bytes, a compiled
// module, a promise of one, or `{ module_or_path }` with one of these. The bytes are compiled whole rather than as a
// stream: at this size a stream gains nothing, and it refuses a server that sends another type than application/wasm.
async function start(source) {
    source = await (source.module_or_path ?? source);
    if (typeof source === 'string' || source instanceof URL) source = await fetch(source);
    if (source instanceof Response) {
        if (!source.ok) throw new Error(`${source.url}: HTTP ${source.status}`);
        source = await source.arrayBuffer();
    }
    const made = await WebAssembly.instantiate(source, __wbg_get_imports());
    return __wbg_finalize_init(made.instance ?? made, made.module ?? source);
}
