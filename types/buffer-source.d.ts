/** A name of the web platform that @msgpack/msgpack's declarations use and Node's do not have. */
type BufferSource = ArrayBufferView | ArrayBuffer;
