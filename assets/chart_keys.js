// Lets the arrow keys walk through the numbers of the Plotly chart whose camera has the focus: each is pointed at, as a
// mouse would, and what the chart then says is read aloud. Enter clicks there, Escape lets go.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const HOVER = 100; // milliseconds until a chart has said what it has to say
const walks = {}; // by the chart's key, as a chart may be made anew: the subplot, row and column the keys have come to
let voice;

function readByKeys({ parentElement }) {
	if (voice?.parentNode !== parentElement) {
		voice = parentElement.appendChild(document.createElement("p"));
		voice.role = "status";
		voice.style = "position: absolute; clip-path: inset(50%); margin: 0; width: 1px; height: 1px; overflow: hidden";
	}
	document.addEventListener("keydown", listen); // the same function is heard once, however often it is added
	document.addEventListener("focusin", name);
}

function name({ target }) {
	if (target.matches(".modebar-btn")) target.ariaLabel = `${target.dataset.title}. The arrow keys read the chart.`;
}

function listen(event) {
	const chart = event.target.closest?.(".modebar-btn") && event.target.closest(".js-plotly-plot");
	if (!chart) return;
	const walk = walks[keyOf(chart)];
	if (event.key in STEPS) point(chart, step(chart, walk, ...STEPS[event.key]));
	else if (event.key === "Enter" && walk) for (const type of ["mousedown", "mouseup"]) send(chart, walk, type);
	else if (event.key === "Escape" && walk) leave(chart, walk);
	else return;
	event.preventDefault(); // Enter would save the chart, and an arrow scroll the page
}

function keyOf(chart) {
	return [...chart.closest("[class*=st-key-]").classList].find((name) => name.startsWith("st-key-"));
}

// The next place with a number, at first the first; where there is none, the same place.
function step(chart, walk, down, across) {
	const subplots = [...chart.querySelectorAll(".nsewdrag")].map((drag) => subplotOf(chart, drag));
	const isNumber = ({ subplot, row, column }) => Number.isFinite(subplots[subplot]?.value(row, column));
	if (walk && !isNumber(walk)) walk = undefined; // the chart has become smaller
	let from = walk ?? { subplot: 0, row: 0, column: -1 };
	for (;;) {
		const next = walk ? neighbour(subplots, from, down, across) : following(subplots[0], from);
		if (isNumber(next)) return next;
		if (next.subplot === from.subplot && next.row === from.row && next.column === from.column) return walk;
		from = next;
	}
}

// One place up, down, left or right, or in the subplot beside this one where a row ends.
function neighbour(subplots, { subplot, row, column }, down, across) {
	const { isUpward, rows, columns } = subplots[subplot];
	row = hold(row + (isUpward ? -down : down), rows);
	column += across;
	const next = column < 0 ? subplot - 1 : column < columns ? subplot : subplot + 1;
	if (next === subplot || !subplots[next]) return { subplot, row, column: hold(column, columns) };
	return { subplot: next, row: hold(row, subplots[next].rows), column: next > subplot ? 0 : subplots[next].columns - 1 };
}

// The next place as one reads, row by row.
function following({ rows, columns }, { subplot, row, column }) {
	if (column + 1 < columns) return { subplot, row, column: column + 1 };
	return { subplot, row: hold(row + 1, rows), column: row + 1 < rows ? 0 : column };
}

function hold(place, size) {
	return Math.min(Math.max(place, 0), size - 1);
}

// A table has rows and columns; of curves and bars, each is a row.
function subplotOf(chart, drag) {
	const [, x, y] = drag.dataset.subplot.match(/x(\d*)y(\d*)/);
	const [xAxis, yAxis] = [chart._fullLayout[`xaxis${x}`], chart._fullLayout[`yaxis${y}`]];
	const drawn = chart._fullData.filter((trace) => trace.visible === true && trace.xaxis + trace.yaxis === `x${x}y${y}`);
	const table = drawn.find((trace) => trace.type === "heatmap");
	const traces = drawn.filter((trace) => trace.hoverinfo !== "skip");
	return {
		drag,
		isUpward: !table || yAxis.range[0] < yAxis.range[1],
		rows: table ? table.z.length : traces.length,
		columns: table ? table.z[0].length : Math.max(...traces.map((trace) => trace.x.length)),
		value: (row, column) => (table ? table.z[row]?.[column] : traces[row]?.y[column]),
		pixels(row, column) {
			const trace = table ?? traces[row];
			return [xAxis.d2p(trace.x?.[column] ?? column), yAxis.d2p(trace.y?.[table ? row : column] ?? row)];
		},
	};
}

function point(chart, walk) {
	if (!walk) return; // a chart without a number
	walks[keyOf(chart)] = walk;
	chart.scrollIntoView({ block: "nearest" });
	send(chart, walk, "mousemove");
	setTimeout(() => {
		const lines = (text) => [...text.querySelectorAll("tspan")].map((line) => line.textContent).join(", ");
		const said = [...chart.querySelectorAll(".hoverlayer text")].map((text) => lines(text) || text.textContent);
		voice.textContent = said.filter(Boolean).join("; ");
	}, HOVER);
}

function send(chart, { subplot, row, column }, type) {
	const { drag, pixels } = subplotOf(chart, chart.querySelectorAll(".nsewdrag")[subplot]);
	const box = drag.getBoundingClientRect();
	const [x, y] = pixels(row, column); // on the very edge Plotly sees nothing
	const place = { clientX: box.left + hold(x, box.width - 1) + 0.5, clientY: box.top + hold(y, box.height - 1) + 0.5 };
	drag.dispatchEvent(new MouseEvent(type, { bubbles: true, ...place }));
}

function leave(chart, walk) {
	send(chart, walk, "mouseout");
	voice.textContent = "";
}
