// The encoder map: every tensor of one layer and head, and each number's sources.

export default function ({ parentElement, data, setStateValue }) {
	if (!parentElement.isConnected) return;
	const ask = (asked) => setStateValue("asked", (globalThis.lastAsked = asked));
	if (!data?.length) return ask(cellSeenLast());
	if (!views.has(parentElement)) views.set(parentElement, encoderMap(parentElement.querySelector(".encoder-map")));
	views.get(parentElement)(unpack(data), ask);
}

// The weight that was looked at since the map was, if it was one head's.
function cellSeenLast() {
	const { layer, head, query, key } = globalThis.lastSeen ?? {};
	return head >= 0 ? { cell: `layers.${layer}.attention.weights@0,${head},${query},${key}` } : {};
}

const { floor, max, min } = Math;
const clamp = (x, count) => min(max(x, 0), count - 1);
const keyOf = (cell) => cell && `${cell.path}@${cell.index}`;

const number = (x) => String(+x.toPrecision(Number.isInteger(x) ? 9 : 4)).replace("Infinity", "∞").replaceAll("-", "−");

// Two signs in a row become one, and a negative factor gets brackets.
const tidy = (text) => text.replaceAll("+ −", "− ").replaceAll("− −", "+ ").replace(/· (−[^ )]+)/g, "· ($1)");

// `trail` holds the pinned cells, the one walked to last at its end; what is pointed at lies on top, in `preview`.
function encoderMap(root) {
	const part = partsOf(root);
	let map, ask, ramps, fields, frame, pause, rest, waiting, seen, painted = 0;
	let trail = [], preview = null, current = 0;
	// Who came by the menu begins at the top of the page.
	const isLinked = location.search.includes("cell=");

	const pinned = () => trail.at(-1) ?? null;
	const boxAt = (path) => map.boxes.find((box) => box.path === path);
	const isWide = (box) => box.columns === "head d_head";
	const placesOf = (axes, index) => Object.fromEntries(axes.map((axis, i) => [axis, index[i]]));
	const toggle = (elements, name, isOn) => [...elements].forEach((element, i) => element.classList.toggle(name, isOn(element, i)));
	const write = (name, text) => (part[name].textContent = text);

	// An index has one place an axis, or null for all along it.

	function cellAt(box, row, column) {
		const width = map.headWidth;
		const at = { batch: 0, head: map.head, [box.rows]: row, [box.columns]: column };
		if (isWide(box)) Object.assign(at, { head: floor(column / width), d_head: column % width });
		return { path: box.path, index: box.axes.map((axis) => at[axis]) };
	}

	// The rectangle [row, column, rows, columns] of these cells in a box, or null if the box does not show them.
	function spot(box, index) {
		const at = placesOf(box.axes, index), [rows, columns] = box.size, width = map.headWidth;
		const [row, tall] = at[box.rows] === null ? [0, rows] : [at[box.rows], 1];
		if (isWide(box) && at.head !== null)
			return at.d_head === null ? [row, at.head * width, tall, width] : [row, at.head * width + at.d_head, tall, 1];
		if (!isWide(box) && (at.head ?? map.head) !== map.head) return null;
		const column = isWide(box) ? null : at[box.columns] ?? null;
		return column === null ? [row, 0, tall, columns] : [row, column, tall, 1];
	}

	function isShown({ path, index }) {
		const box = boxAt(path), place = box && spot(box, index);
		return place && box.size.every((size, i) => place[i] < size);
	}

	function read(box, row, column) {
		const numbers = map.arrays[box.array], at = row * numbers.shape[1] + floor(column / box.block);
		if (box.full) return { x: numbers[at], exact: true };
		if (row === box.row) return { x: map.arrays[box.rowArray][column], exact: true };
		return { x: box.low + (numbers[at] / 255) * (box.high - box.low), exact: false };
	}

	function valueOf({ path, index }) {
		const all = map.boxes.filter((box) => box.path === path && spot(box, index)).map((box) => read(box, ...spot(box, index)));
		return all.find(({ exact }) => exact) ?? all[0];
	}

	// The wiring as declared: what a cell is made from, and what it feeds.

	function sourcesOf({ path, index }) {
		const box = boxAt(path), at = placesOf(box.axes, index);
		return box.sources.filter(({ parameter }) => !parameter).map((source) => ({
			...source, index: source.terms.map((term) => (term === ":" ? null : at[term])),
		}));
	}

	function feedsOf({ path, index }) {
		return map.boxes.filter((box) => box === boxAt(box.path)).flatMap((box) => box.sources.filter((source) => source.path === path).map(({ terms }) => {
			const known = placesOf(terms, index);
			return { path: box.path, index: box.axes.map((axis) => known[axis] ?? null) };
		}));
	}

	const covers = ({ path, index }, cell) => path === cell.path && index.every((at, i) => (at ?? cell.index[i]) === cell.index[i]);

	function request(change) {
		const asked = { layer: map.layer, head: map.head, cell: keyOf(pinned()), large: map.large?.path, ...change };
		if (asked.cell !== map.cell) waiting = asked.cell;
		ask(asked);
		update();
	}

	function pin(cell) {
		if (keyOf(cell) === keyOf(pinned())) return;
		const isStep = pinned() && boxAt(pinned().path) && sourcesOf(pinned()).some((source) => covers(source, cell));
		walk(isStep ? [...trail, cell] : [cell]);
	}

	function walk(newTrail) {
		trail = newTrail;
		preview = null;
		request({});
	}

	function show(cell) {
		preview = cell;
		update();
	}

	const update = () => (frame ||= requestAnimationFrame(draw));
	const story = () => (keyOf(map.story) === keyOf(pinned()) ? map.story : null);

	function cellUnder({ target, clientX, clientY }) {
		const field = target.closest(".field");
		if (!field) return null;
		const { left, top, width, height } = field.getBoundingClientRect(), [rows, columns] = field.box.size;
		const at = (distance, length, count) => clamp(floor((distance / length) * count), count);
		return cellAt(field.box, at(clientY - top, height, rows), at(clientX - left, width, columns));
	}

	root.onpointermove = (event) => {
		const cell = cellUnder(event);
		if (cell || preview) show(cell);
		const named = event.target.closest("[data-path]")?.dataset.path ?? cell?.path;
		toggle(root.querySelectorAll(".box"), "named", ({ dataset }) => !cell && dataset.path === named);
		toggle(part.story.querySelectorAll("[data-path]"), "lit", ({ dataset }) => dataset.path === named);
	};
	root.onpointerleave = () => show(null);

	root.onclick = (event) => {
		const button = event.target.closest("button"), cell = cellUnder(event);
		if (cell) {
			current = max(fields.indexOf(event.target.closest(".field")), 0);
			// It stands under the mouse; what is walked to may have to be brought into view.
			seen = keyOf(cell);
			pin(cell);
		} else if (button?.choose) button.choose();
	};

	root.onkeydown = (event) => {
		const field = event.target.closest(".field"), { key } = event;
		if (key === "Escape") {
			if (map.large) part.close.choose();
			else if (trail[0]) walk(trail.slice(0, -1));
			else show(null);
		} else if (field && move(field, key)) event.preventDefault();
	};

	function move(field, key) {
		const now = preview ?? pinned(), here = now?.path === field.box.path && spot(field.box, now.index);
		const [row, column] = here || [spot(field.box, now?.index ?? [])?.[0] ?? 0, 0], [rows, columns] = field.box.size;
		if (STEPS[key]) {
			const [down, right] = here ? STEPS[key] : [0, 0];
			show(cellAt(field.box, clamp(row + down, rows), clamp(column + right, columns)));
		} else if (key === "PageDown" || key === "PageUp") {
			current = clamp(fields.indexOf(field) + (key === "PageDown" ? 1 : -1), fields.length);
			const { box } = fields[current], from = now ? spot(boxAt(now.path), now.index) : [0, 0];
			show(cellAt(box, clamp(from[0], box.size[0]), clamp(from[1], box.size[1])));
			focus();
		} else if (key === "Enter" && now) pin(now);
		else if (key === " ") request({ large: field.box.path });
		else if (key === "Backspace") {
			const next = story()?.sources.find((source) => source.next);
			if (next) walk([...trail, { path: next.path, index: next.next }]);
		} else return false;
		return true;
	}

	function focus() {
		fields[current].focus({ preventScroll: true });
		reveal(fields[current]);
	}

	const reveal = (field) => field.scrollIntoView({ block: "nearest" });

	part.close.choose = () => request({ large: null });
	part.download.choose = () => {
		const { box } = part.largeField, columns = box.size[1];
		const lines = map.tokens.map((_, row) => map.arrays[box.array].subarray(row * columns, (row + 1) * columns).join(","));
		const href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
		Object.assign(document.createElement("a"), { href, download: box.file }).click();
		setTimeout(() => URL.revokeObjectURL(href), 1000);
	};

	function paintBox(canvas, box) {
		const numbers = map.arrays[box.array], step = 255 / (box.high - box.low);
		const levelOf = (x) => (box.full ? clamp(Math.round((x - box.low) * step), 256) : x);
		paint(canvas, numbers.shape, ramps[+box.signed], (i) => levelOf(numbers[i]));
	}

	function buildStrip(name, signed) {
		const levels = map.arrays[`${name}s`], [count, rows, columns] = levels.shape;
		fit(part[`${name}s`], count).forEach((button, i) => {
			Object.assign(button, { ariaLabel: `${name} ${i}`, ariaCurrent: i === map[name], choose: () => open({ [name]: i }) });
			button.lastElementChild.textContent = i;
			paint(button.firstElementChild, [rows, columns], ramps[+signed], (place) => levels[i * rows * columns + place]);
		});
	}

	function buildTokens(list) {
		list.classList.toggle("dense", map.row < 9);
		fit(list, map.tokens.length).forEach((item, i) => {
			item.firstElementChild.textContent = item.title = map.tokens[i];
		});
	}

	function buildFlow() {
		fields = fit(part.flow, map.stages.length).flatMap((stage, i) => {
			const { title, boxes } = map.stages[i];
			stage.firstElementChild.textContent = stage.ariaLabel = title;
			buildTokens(stage.querySelector(".tokens"));
			return fit(stage.querySelector(".boxes"), boxes.length).map((element, j) => buildBox(element, map.boxes[boxes[j]]));
		});
	}

	function buildBox(element, box) {
		const [name, field, shape] = element.children, [title, symbol] = name.children;
		element.style.cssText = `--width: ${box.width}px; --vocabulary: var(--${box.colour})`;
		element.classList.toggle("made", box.made);
		element.dataset.path = box.path;
		[title.textContent, symbol.textContent, shape.textContent] = [box.name, box.symbol, `${box.shape}, ${box.limit}`];
		Object.assign(name, { title: box.hint, choose: () => request({ large: box.path }) });
		Object.assign(field, { box, ariaLabel: box.label });
		paintBox(field.firstElementChild, box);
		return field;
	}

	// Wires leave and enter a box from above; from row to row they run down the left edge.
	function buildWires() {
		const origin = part.flow.getBoundingClientRect();
		const lines = map.wires.map(({ from, to, lane }) => {
			const [start, end] = [[from, 0.7], [to, 0.3]].map(([place, share]) => {
				const [field, box, boxes] = [".field", ".box", ".boxes"].map((name) => fields[place].closest(name).getBoundingClientRect());
				const wanted = field.left + share * field.width, x = min(max(wanted, boxes.left), boxes.right), y = boxes.top + lane;
				return { x: x - origin.left, y: y - origin.top, top: (x === wanted ? box.top : y) - origin.top };
			});
			const across = start.y === end.y ? "" : `H${lane}V${end.y}`;
			return `M${start.x} ${start.top}V${start.y}${across}H${end.x}V${end.top}m-3 -4l3 4l3 -4`;
		});
		fit(part.wires, lines.length).forEach((wire, i) => {
			wire.setAttribute("d", lines[i]);
			wire.classList.toggle("skip", map.wires[i].skip);
			wire.style.stroke = `var(--${map.boxes[map.wires[i].from].colour})`;
		});
	}

	function buildLarge() {
		part.large.hidden = !map.large;
		if (!map.large) return;
		const box = boxAt(map.large.path);
		const [rows, columns] = box.size;
		Object.assign(part.largeField, { box, ariaLabel: box.name });
		part.largeField.style.cssText = `--width: ${columns * max(3, min(28, floor((max(root.clientWidth - 130, 200) * 0.7) / columns)))}px`;
		paintBox(part.largeField.firstElementChild, box);
		part.download.hidden = !box.full;
		buildTokens(part.largeTokens);
		write("largeTitle", `${box.name}  ${box.symbol}`);
		write("largeShape", box.shape);
		write("largeMeaning", box.meaning);
		const { bins, norms } = map.large, [top, longest] = [max(...bins), max(...norms) || 1];
		part.histogram.firstElementChild.setAttribute("d", bins.map((bin, i) => `M${i + 0.05} 16h.9v${(-16 * bin) / top}h-.9z`).join(""));
		part.histogram.ariaLabel = map.large.range;
		write("facts", map.large.facts);
		fit(part.norms, rows).forEach((item, row) => {
			[item.children[0].textContent, item.children[2].textContent] = [map.tokens[row], number(norms[row])];
			item.style.setProperty("--share", norms[row] / longest);
		});
	}

	function draw() {
		frame = null;
		const now = preview ?? pinned(), box = now && boxAt(now.path);
		const lit = box ? Object.entries({ cell: [now], source: sourcesOf(now), fed: feedsOf(now) }) : [];
		for (const field of map.large ? [...fields, part.largeField] : fields) {
			const here = ({ path }) => path === field.box.path;
			const marks = lit.flatMap(([kind, cells]) => cells.filter(here).map(({ index }) => mark(field.box, kind, spot(field.box, index))));
			field.lastElementChild.replaceChildren(...marks.filter(Boolean));
		}
		const row = box && spot(box, now.index)?.[0];
		root.querySelectorAll(".tokens").forEach((list) => toggle(list.children, "lit", (_, i) => i === row));
		fields.forEach((field, i) => (field.tabIndex = i === current ? 0 : -1));
		toggle(part.wires.children, "lit", (_, i) => [map.wires[i].from, map.wires[i].to].some((place) => map.boxes[place] === box));
		tell(now, box);
		Object.assign(root.dataset, { digest: map.digest, painted: ++painted });
	}

	function mark(box, kind, place) {
		if (!place) return null;
		const [top, left, height, width] = place.map((at, i) => `${(100 * at) / box.size[i % 2]}%`);
		const element = Object.assign(document.createElement("i"), { className: kind });
		Object.assign(element.style, { top, left, height, width });
		return element;
	}

	function wordsOf({ path, index }) {
		const box = boxAt(path);
		if (!box) return `${path} ${index}`;
		const words = box.axes.map((axis, i) => {
			const at = index[i], word = map[box.words[i]]?.[at];
			return `${box.places[i]} ${at}${word ? ` “\u2068${word}\u2069”` : ""}`;
		});
		return `${box.spoken}: ${words.filter((_, i) => box.axes[i] !== "batch").join(", ")}`;
	}

	// What a sum runs over keeps its name; its first numbers stand behind the line.
	function arithmetic(cell, box) {
		const at = placesOf(box.axes, cell.index), sources = sourcesOf(cell), rows = [];
		let summed = false;
		const text = box.formula.split(/(Σ|\{\w+\})/).map((piece) => {
			summed ||= piece === "Σ";
			const source = box.sources.find(({ field }) => piece === `{${field}}`);
			if (!source) return piece;
			const read = sources.find(({ field }) => field === source.field);
			let index = read?.index;
			if (index?.includes(null) && !summed) index = index.map((place, i) => place ?? at[boxAt(read.path)?.axes[i]] ?? null);
			const value = !index || index.includes(null) ? null : valueOf({ path: read.path, index });
			if (!value && read) rows.push(read);
			return value ? number(value.x) : source.name;
		});
		const firsts = [...new Set(rows.map(firstOf))].filter(Boolean);
		return tidy(text.join("")) + (firsts.length ? `, with ${firsts.join(", ")}` : "");
	}

	function firstOf({ name, path, index }) {
		const box = map.boxes.findLast((box) => box.path === path && spot(box, index)); // all heads rather than one
		if (!box) return null;
		const [row, column, tall, wide] = spot(box, index);
		if (!read(box, row, column).exact) return null;
		const three = [0, 1, 2].slice(0, tall * wide).map((i) => number(read(box, ...(tall > 1 ? [row + i, column] : [row, column + i])).x));
		return `${name} = (${three.join(", ")}${tall * wide > 3 ? ", …" : ""})`;
	}

	function tell(now, box) {
		const exact = now === pinned() && story(), value = box && valueOf(now), words = now ? wordsOf(now) : "Point at a cell to see its number; click it for its arithmetic and the way back.";
		write("what", words);
		write("value", !value ? "" : value.exact ? `= ${number(value.x)}` : `≈ ${number(value.x)}`);
		part.value.title = value?.exact ? value.x : "";
		// Of a tensor too large to come whole, the row that somebody rests on is fetched in full.
		clearTimeout(rest);
		if (value && !value.exact) rest = setTimeout(() => request({ near: spot(box, now.index)[0] }), 200);
		Object.assign(part.value.dataset, { cell: keyOf(now) ?? "", pinned: keyOf(story()) ?? "" });
		write("meaning", box ? `${box.symbol}: ${box.meaning}` : "");
		write("arithmetic", box ? `= ${exact ? exact.text : arithmetic(now, box)}` : "");
		part.arithmetic.classList.toggle("brief", Boolean(box) && !exact);
		tellEquation(box);
		const steps = story()?.sources ?? [];
		part.walk.hidden = !steps.some(({ next }) => next);
		fit(part.sources, max(steps.length, 1)).forEach((button, i) => {
			const { words, path, next } = steps[i] ?? {};
			[button.textContent, button.disabled, button.dataset.path] = [words ?? "", !next, path ?? ""];
			button.choose = () => walk([...trail, { path, index: next }]);
		});
		part.way.hidden = !trail[0];
		fit(part.trail, max(trail.length, 1)).forEach(({ firstElementChild: button }, i) => {
			button.textContent = trail[i] ? trail[i].words ??= wordsOf(trail[i]) : "";
			button.ariaCurrent = i === trail.length - 1;
			button.choose = () => walk(trail.slice(0, i + 1));
		});
		part.trail.scrollLeft = 1e6;
		clearTimeout(pause);
		if (box && root.matches(":focus-within")) pause = setTimeout(() => write("aloud", `${words} ${part.value.textContent}`), 150);
	}

	function tellEquation(box) {
		const pieces = box ? [`${box.operation}: `, ...box.formula.split(/(\{\w+\})/)] : [];
		part.equation.replaceChildren(...pieces.map((piece) => {
			const source = box.sources.find(({ field }) => piece === `{${field}}`);
			if (!source) return piece;
			const name = Object.assign(document.createElement("u"), { textContent: source.name });
			name.dataset.path = source.path;
			return name;
		}));
	}

	new ResizeObserver(() => map && buildWires()).observe(part.flow);
	part.flow.addEventListener("scroll", buildWires, true);
	return (newMap, newAsk) => {
		const openedBox = map && newMap.large && newMap.large.path !== map.large?.path, closedBox = map?.large && !newMap.large;
		const focused = root.querySelector(":focus")?.closest(".flow");
		[map, ask] = [newMap, newAsk];
		if (waiting === undefined || waiting === map.cell) {
			if (keyOf(pinned()) !== map.cell) trail = map.cell ? [{ path: map.story.path, index: map.story.index }] : [];
			waiting = undefined;
		}
		if (preview && !isShown(preview)) preview = null;
		ramps = [false, true].map((signed) => rampOf(stopsOf(root, signed)));
		root.style.cssText = `--tokens: ${map.tokens.length}; --row: ${map.row}px; --large-row: ${max(map.row, 8)}px`;
		buildStrip("layer", true);
		buildStrip("head", false);
		buildFlow();
		buildWires();
		buildLarge();
		const at = fields.findIndex(({ box }) => box.path === pinned()?.path && spot(box, pinned().index));
		current = at >= 0 ? at : clamp(current, fields.length);
		if (focused) focus();
		else if (at >= 0 && map.cell !== seen && (isLinked || painted)) reveal(fields[at]);
		seen = map.cell;
		if (openedBox) part.close.focus();
		if (closedBox) focus();
		writeAddress({ layer: map.layer, head: map.head, cell: map.cell });
		draw();
		if (map.cell) globalThis.lastSeen = null;
	};

	function open(change) {
		trail = [];
		request({ ...change, cell: null });
	}
}
