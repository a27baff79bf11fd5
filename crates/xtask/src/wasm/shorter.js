// Functions that take the place of wasm-bindgen's of the same names. Those serve browsers without what every browser with
// reference types has, strings of gigabytes, and speed that a few dozen short strings a minute do not need.

function passStringToWasm0(arg, malloc) {
    const bytes = cachedTextEncoder.encode(arg);
    const ptr = malloc(WASM_VECTOR_LEN = bytes.length, 1) >>> 0;
    getUint8ArrayMemory0().set(bytes, ptr);
    return ptr;
}

function decodeText(bytes) {
    return cachedTextDecoder.decode(bytes);
}

function getDataViewMemory0() {
    const { buffer } = wasm.memory;
    return cachedDataViewMemory0?.buffer === buffer ? cachedDataViewMemory0 : cachedDataViewMemory0 = new DataView(buffer);
}
