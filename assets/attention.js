// The attention view: all layers and heads of a sentence. Nothing done on it asks the server.

// Of a layer's heads; it stands before head 0, and the address calls it "mean".
const AVERAGE = -1;
const { abs, ceil, floor, fround, max, round } = Math;
const USUAL = { layer: 0, head: 0, query: null, key: null, mass: 0.7 };
const CHOICES = ["layer", "head", "query"];

export default function ({ parentElement, data }) {
	if (!parentElement.isConnected) return;
	const receive = views.get(parentElement) ?? attentionView(parentElement.querySelector(".attention"));
	views.set(parentElement, receive);
	receive(readTrace(data));
}

function readTrace(bytes) {
	const { arrays, ...header } = unpack(bytes);
	const [nLayers, nHeads, n, dHead] = arrays.query.shape;
	return { ...header, ...arrays, nLayers, nHeads, n, dHead };
}

const isAt = (state, place) => CHOICES.every((name) => state[name] === place?.[name]);
const clamp = (x, low, high) => Math.min(max(x, low), high);
const slice = (array, place, size) => array.subarray(place * size, (place + 1) * size);
const percent = (x) => `${(100 * x).toPrecision(3)} %`;
const roughly = (x) => (x < 0.01 ? "<1 %" : `${round(100 * x)} %`);
const headName = (head) => (head === AVERAGE ? "average" : `head ${head}`);

function number(x) {
	return (x && abs(x) < 1e-4 ? x.toExponential(3) : x.toPrecision(5)).replaceAll("-", "−");
}

function largest(values) {
	let best = 0;
	for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
	return best;
}

// The largest weights, until they add up to the wanted share.
function byMass(row, share) {
	let sum = 0;
	const byWeight = [...row.keys()].sort((a, b) => row[b] - row[a]);
	return byWeight.filter((i) => sum < share - 1e-5 && (sum += row[i]));
}

// A number shows five digits, and all of them to whoever points at it.
function write(element, value) {
	const text = typeof value === "number" ? number(value) : value;
	if (element.textContent !== text) element.textContent = text;
	if (text !== value) element.title = value;
}

// Whatever stands in the element is styled anew, so each size belongs to the smallest that needs it.
function setSizes({ style }, sizes) {
	for (const name in sizes) style.setProperty(`--${name}`, sizes[name]);
}

function markButtons(buttons, shown, kept) {
	buttons.forEach((button, i) => Object.assign(button, { tabIndex: i === shown ? 0 : -1, ariaCurrent: i === kept }));
}

// Streamlit leaves the view's parameters behind when the page changes, and now and then makes a view anew. Where the
// address says nothing else than what was written there, the new view goes on with what was chosen last.
function readChoice() {
	const address = new URLSearchParams(location.search);
	const last = { ...USUAL, ...globalThis.lastChosen };
	if (CHOICES.every((name) => [null, last.written?.[name]].includes(address.get(name)))) return last;
	const chosen = { ...USUAL, isLinked: true };
	for (const name of CHOICES) {
		const text = address.get(name);
		if (text && !isNaN(text)) chosen[name] = clamp(round(text), 0, 999);
	}
	if (address.get("head") === "mean") chosen.head = AVERAGE;
	return chosen;
}

// What stands at its default is left out, but of an example only if it stands as it opens.
function writeChoice(shown, opening) {
	const usual = isAt(shown, opening) ? opening : opening ? { query: null } : USUAL;
	const text = (x, name) => (x === usual[name] ? "" : x === AVERAGE ? "mean" : `${x}`);
	const written = Object.fromEntries(CHOICES.map((name) => [name, text(shown[name], name)]));
	writeAddress(written);
	return written;
}

// Maps side by side, a pixel apart, on one canvas and one scale: many canvases take longer. A pixel is a weight or,
// where there is no room, the largest of a block.
function drawMaps(canvas, maps, columns, n, room, limit, ink) {
	const block = ceil(n / room);
	const size = ceil(n / block);
	const step = size + (columns > 1);
	Object.assign(canvas, { width: columns * step, height: (maps.length / columns) * step });
	const context = canvas.getContext("2d");
	maps.forEach((map, at) => {
		const image = new ImageData(size, size);
		const pixels = new Uint32Array(image.data.buffer);
		map.forEach((weight, i) => {
			const place = floor(i / n / block) * size + floor((i % n) / block);
			const pixel = ((round((255 * weight) / limit) << 24) | ink) >>> 0;
			if (pixel > pixels[place]) pixels[place] = pixel;
		});
		context.putImageData(image, (at % columns) * step, floor(at / columns) * step);
	});
}

// Over the words of a line, or from line to line.
function arc(from, to) {
	const loop = from === to ? 7 : 0;
	const [x1, x2] = [from.offsetLeft + from.offsetWidth / 2 - loop, to.offsetLeft + to.offsetWidth / 2 + loop];
	const [y1, y2, height] = [from.offsetTop, to.offsetTop, from.offsetHeight];
	const bend = y1 === y2 ? y1 - Math.min(14 + abs(x2 - x1) / 8, 34) : (y1 + y2 + height) / 2;
	return `M${x1} ${y1 + height * (y1 < y2)}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2 + height * (y2 < y1)}`;
}

// What was chosen stays in `state` (a null query or key: nobody chose), also while there is no such layer, head or token;
// what is pointed at lies on top, in `preview`.
function attentionView(root) {
	const part = partsOf(root);
	const lists = [part.chips, part.rows, part.columns];
	const state = readChoice();
	let preview = {};
	let trace, now, opened, chips, thumbnails, allLimit, ink, stale, frame;

	const toToken = (i) => clamp(i, 0, trace.n - 1);
	const placeOf = ({ layer, head }) => layer * (trace.nHeads + 1) + head + 1;
	const mapOf = (choice) => slice(trace.maps, placeOf(choice), trace.n ** 2);
	const limitOf = (map) => (state.rescale ? map[largest(map)] : 1);
	const placeOfToken = (token) => (now.layer * trace.nHeads + now.head) * trace.n + token;
	const vectorOf = (name, token) => slice(trace[name], placeOfToken(token), trace.dHead);
	// With fewer layers, heads or tokens, the nearest is shown until there are as many again.
	const nearest = (choice) => {
		for (const [name, count] of Object.entries(trace.counts)) if (choice[name] >= count) choice[name] = count - 1;
		return choice;
	};
	const writeAll = (lines) => Object.entries(lines).forEach(([name, value]) => write(part[name], value));

	function update(everything) {
		stale ||= everything;
		now = nearest({ ...state, ...preview });
		now.query ??= max(trace.kinds.indexOf("word"), 0);
		now.map = mapOf(now);
		now.row = slice(now.map, now.query, trace.n);
		now.key ??= largest(now.row);
		part.limit.title = now.limit = limitOf(now.map);
		if (everything) part.allLimit.title = allLimit = limitOf(trace.maps);
		frame ||= requestAnimationFrame(draw);
	}

	// The map leaves null where a cell of its own was pinned; it counts until somebody points at a weight.
	function show(choice) {
		globalThis.lastSeen ??= {};
		Object.assign(preview, choice);
		update();
		return choice;
	}

	function keep(choice) {
		Object.assign(state, choice);
		state.isLinked = !isAt(state, trace.opening ?? USUAL);
		state.written = writeChoice(nearest({ ...state }), trace.opening);
		globalThis.lastChosen = state;
		leave();
	}

	function leave() {
		preview = {};
		update();
	}

	// Pointing previews what `pick` finds, a click keeps it, arrow keys go where `move` says.
	function listen(element, pick, move) {
		element.onpointermove = (event) => show(pick(event));
		element.onpointerleave = leave;
		element.onclick = (event) => keep(show(pick(event)));
		element.onkeydown = (event) => {
			if (!STEPS[event.key]) return;
			event.preventDefault();
			move(...STEPS[event.key]);
		};
	}

	const chosenBy = ({ target }) => target.closest("[data-choice]")?.choice;

	listen(part.chips, chosenBy, (down, right) => {
		show({ query: toToken(now.query + down + right), key: null });
		chips[now.query].focus();
		reveal();
	});

	listen(part.heads, chosenBy, (down, right) => {
		const head = clamp(now.head + right, AVERAGE, trace.nHeads - 1);
		show({ layer: clamp(now.layer + down, 0, trace.nLayers - 1), head });
		thumbnails[placeOf(now)].focus();
	});

	listen(part.map, (event) => chosenBy(event) ?? cellUnder(event), (down, right) => {
		show({ query: toToken(now.query + down), key: toToken(now.key + right) });
		reveal();
	});

	function cellUnder({ clientX, clientY }) {
		const { left, top, width } = part.field.getBoundingClientRect();
		const [query, key] = [clientY - top, clientX - left].map((distance) => toToken(floor((distance / width) * trace.n)));
		return { query, key };
	}

	for (const name of ["products", "values"]) {
		const at = (dimension) => ({ [name]: clamp(dimension, 0, trace.dHead - 1) });
		const pick = ({ offsetX }) => at(floor((offsetX / part[name].clientWidth) * trace.dHead));
		listen(part[name], pick, (down, right) => show(at(+part[name].ariaValueNow + right - down)));
	}

	part.mass.oninput = () => keep({ mass: part.mass.value / 100 });

	part.rescale.onchange = () => {
		keep({ rescale: part.rescale.checked });
		update(true);
	};

	root.onkeydown = ({ key, target }) => {
		if (key === "Enter" && target === part.map) keep({ query: now.query, key: now.key });
		if (key === "Escape") keep({ query: null, key: null, products: null, values: null });
	};

	part.chips.addEventListener("click", reveal);

	// Scrolls the matrix, never the page.
	function reveal() {
		const cell = part.field.clientWidth / trace.n;
		part.map.scrollTo(now.key * cell - part.map.clientWidth / 2, now.query * cell - part.map.clientHeight / 2);
	}

	function buildTokens() {
		chips = fit(part.chips, trace.n);
		setSizes(root, { tokens: trace.n });
		for (const list of lists)
			fit(list, trace.n).forEach((element, i) => {
				element.dataset.kind = trace.kinds[i];
				element.title = trace.names[i];
				element.choice = list === part.columns ? { key: i } : { query: i, key: null };
				write(element.querySelector("bdi") ?? element, trace.tokens[i]);
			});
	}

	function buildHeads() {
		setSizes(part.heads.parentElement, { layers: trace.nLayers, heads: trace.nHeads });
		setSizes(part.steps, { dimensions: trace.dHead });
		const [names, ...layers] = fit(part.heads, trace.nLayers + 1).map((row) => fit(row, trace.nHeads + 2));
		names.slice(1).forEach((name, i) => write(name, headName(i - 1)));
		thumbnails = layers.flatMap(([name, ...buttons], layer) => {
			write(name, `layer ${layer}`);
			return buttons.map((button, i) => Object.assign(button, { choice: { layer, head: i - 1 } }));
		});
		thumbnails.forEach((button, place) => (button.ariaLabel = trace.findings[place]));
	}

	// All that is written stands before all that is read: the browser lays the page out once.
	function draw() {
		frame = null;
		// The page was turned since.
		if (!root.isConnected) return;
		const seen = byMass(now.row, state.mass);
		tellSentence(seen);
		markChoices();
		tell();
		ink = getComputedStyle(part.arcs).stroke.match(/\d+/g).reduceRight((colour, channel) => (colour << 8) | channel, 0);
		const arcs = seen.map((i) => arc(chips[now.query], chips[i]));
		if (stale) drawThumbnails();
		stale = false;
		drawMatrix();
		drawArcs(seen, arcs);
		root.dataset.digest = trace.digest;
		root.dataset.painted++;
	}

	function drawThumbnails() {
		const maps = thumbnails.map(({ choice }) => mapOf(choice));
		drawMaps(part.thumbnails, maps, trace.nHeads + 1, trace.n, 48, allLimit, ink);
	}

	function drawMatrix() {
		drawMaps(part.field, [now.map], 1, trace.n, trace.n, now.limit, ink);
		part.cell.style.cssText = `--query-at: ${now.query}; --key-at: ${now.key}`;
	}

	function tellSentence(seen) {
		chips.forEach((chip, i) => {
			chip.style.setProperty("--weight", now.row[i] / now.limit);
			write(chip.lastElementChild, seen.includes(i) ? roughly(now.row[i]) : "");
		});
		write(part.massText, roughly(state.mass));
		const limits = state.rescale ? { limit: now.limit, allLimit } : { limit: "1", allLimit: "1" };
		writeAll({ ...limits, tip: now.row[now.key] });
	}

	function drawArcs(seen, arcs) {
		fit(part.arcs, seen.length).forEach((path, i) => {
			path.setAttribute("d", arcs[i]);
			path.style.setProperty("--weight", now.row[seen[i]] / now.limit);
		});
	}

	function markChoices() {
		for (const list of lists)
			[...list.children].forEach((element, i) => {
				element.classList.toggle("looks", i === now.query);
				element.classList.toggle("seen", i === now.key);
			});
		const kept = nearest({ ...state });
		markButtons(chips, now.query, kept.query);
		markButtons(thumbnails, placeOf(now), placeOf(kept));
	}

	function tell() {
		const { layer, head, query, key, row } = now;
		const [queryWord, keyWord, share] = [trace.names[query], trace.names[key], percent(row[key])];
		// The map opens on it.
		if (globalThis.lastSeen !== null) globalThis.lastSeen = { layer, head, query, key };
		const place = `layer ${layer}, ${headName(head)}`;
		const aloud = `${place}: query ${queryWord} (token ${query}) looks at key ${keyWord} (token ${key}): ${share}`;
		writeAll({ mapTitle: place, headTitle: place, queryWord, keyWord, share, finding: trace.findings[placeOf(now)] });
		part.map.ariaLabel = part.chips.ariaLabel = aloud;
		if (root.matches(":focus-within")) write(part.aloud, aloud);
		root.classList.toggle("averaged", head === AVERAGE);
		if (head === AVERAGE) tellAverage();
		else tellHead();
	}

	function tellAverage() {
		fit(part.headWeights, trace.nHeads).forEach((line, head) => {
			const weight = mapOf({ ...now, head })[now.query * trace.n + now.key];
			line.style.setProperty("--weight", weight);
			write(line, `${headName(head)}: ${number(weight)}`);
		});
	}

	// From the recorded dot products on, in the pass's own float32.
	function tellHead() {
		const dots = slice(trace.dot_products, placeOfToken(now.query), trace.n);
		const scores = dots.map((dot) => dot / fround(Math.sqrt(trace.dHead)));
		const most = scores[largest(scores)];
		const exponentials = scores.map((score) => Math.exp(fround(score - most)));
		const sum = exponentials.reduce((total, x) => fround(total + x), 0);
		const [dot, score, exponential, alpha] = [dots, scores, exponentials, now.row].map((list) => list[now.key]);
		const scaling = `${number(dot)} ÷ √${trace.dHead}`;
		const exponent = `exp(${number(score)} − max ${number(most)})`;
		const division = `${number(exponential)} ÷ ${number(sum)}${abs(exponential / sum - alpha) > 1e-5 ? ", edited" : ""}`;
		writeAll({ dot, scaling, score, masked: score, exponent, exponential, division, alpha });
		tellStrip("products", vectorOf("query", now.query), vectorOf("key", now.key));
		tellStrip("values", new Float32Array(trace.dHead).fill(alpha), vectorOf("value", now.key));
	}

	// Three rows of bars on one scale: both factors and their products.
	function tellStrip(name, first, second) {
		const strip = part[name];
		const lanes = [first, second, first.map((x, i) => x * second[i])];
		const reach = max(1e-30, ...lanes.flatMap((lane) => [...lane.map(abs)]));
		const dimension = now[name] ?? largest(lanes[2].map(abs));
		const [x, y, product] = lanes.map((lane) => number(lane[dimension]));
		const ariaValueText = `dimension ${dimension}: ${x} × ${y} = ${product}`;
		Object.assign(strip, { ariaValueMax: trace.dHead - 1, ariaValueNow: dimension, ariaValueText });
		strip.style.setProperty("--marked", dimension);
		write(strip.nextElementSibling, ariaValueText);
		lanes.forEach((lane, i) => {
			const bars = Array.from(lane, (x, place) => `M${place + 0.1} 0h.8v${-x / reach}h-.8z`);
			strip.children[i].setAttribute("viewBox", `0 -1 ${trace.dHead} 2`);
			strip.children[i].firstElementChild.setAttribute("d", bars.join(""));
		});
	}

	part.mass.value = 100 * state.mass;
	part.rescale.checked = state.rescale;
	new ResizeObserver(() => update()).observe(root);
	return (newTrace) => {
		const isNew = newTrace.words !== trace?.words, { opening } = newTrace;
		if (trace ? isNew || isAt(state, USUAL) : !state.isLinked) {
			// An example opens where there is something to see, unless a link says more.
			if (opening || state.query === opened?.query) Object.assign(state, opening ?? { query: null }, { key: null });
			opened = opening;
		}
		trace = newTrace;
		if (isNew) buildTokens();
		buildHeads();
		keep({});
		update(true);
	};
}
