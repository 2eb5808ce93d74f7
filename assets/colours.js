// Numbers as colours of the theme.

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
