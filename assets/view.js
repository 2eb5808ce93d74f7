// What the views share; their own scripts stand behind it, and both travel as one.

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

// The theme's ten colours; a diverging scale has its two neutral ones at zero.
function stopsOf(root, signed) {
	const names = getComputedStyle(root).getPropertyValue(`--st-chart-${signed ? "diverging" : "sequential"}-colors`);
	return names.split(",").map((name, i) => [signed ? (i < 5 ? i : i - 1) / 8 : i / 9, name.trim()]);
}

function rampOf(stops) {
	const context = new OffscreenCanvas(256, 1).getContext("2d", { willReadFrequently: true });
	const gradient = context.createLinearGradient(0, 0, 256, 0);
	for (const stop of stops) gradient.addColorStop(...stop);
	context.fillStyle = gradient;
	context.fillRect(0, 0, 256, 1);
	return new Uint32Array(context.getImageData(0, 0, 256, 1).data.buffer);
}

function paint(canvas, [height, width], ramp, levelAt) {
	const image = new ImageData(width, height);
	const pixels = new Uint32Array(image.data.buffer);
	for (let i = 0; i < pixels.length; i++) pixels[i] = ramp[levelAt(i)];
	Object.assign(canvas, { width, height });
	canvas.getContext("2d").putImageData(image, 0, 0);
}
