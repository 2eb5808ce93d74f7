// What all views share; their own scripts stand behind it.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e9], End: [0, 1e9] };
const views = new WeakMap();

// The header of a payload; under `arrays` its numbers, laid over the bytes that came.
function unpack(bytes) {
	const frame = bytes.byteOffset % 4 ? bytes.slice() : bytes;
	const start = 4 + new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
	const header = JSON.parse(new TextDecoder().decode(frame.subarray(4, start)));
	for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
		const kind = dtype === "uint8" ? Uint8Array : Float32Array;
		header.arrays[name] = Object.assign(new kind(frame.buffer, frame.byteOffset + start + offset, shape.reduce((a, b) => a * b)), { shape });
	}
	return header;
}

const partsOf = (root) => Object.fromEntries([...root.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element]));

// Gives the parent so many children, copies of the last.
function fit(parent, count) {
	while (parent.children.length > count) parent.lastElementChild.remove();
	while (parent.children.length < count) parent.append(parent.lastElementChild.cloneNode(true));
	return [...parent.children];
}
