// Writes into the address what the sliders of the sizes say, once they have been at rest for a moment.

const REST = 150; // milliseconds, longer than it takes to draw what a move brings
const sliders = new MutationObserver(restart);
let usual = {}; // by name: the value that is left out of the address
let timer;

export default function ({ data, parentElement }) {
	usual = data.usual;
	const watched = { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] };
	sliders.observe(parentElement.host.closest("[data-testid=stSidebar]"), watched);
	// Streamlit knows nothing of the sizes: what it writes for another control, or for another page, is without them.
	for (const way of ["pushState", "replaceState"]) follow(way);
	addEventListener("popstate", restart); // an entry of the past has the sizes of the past
	restart();
}

function follow(way) {
	const write = History.prototype[way];
	history[way] = (...entry) => {
		write.apply(history, entry);
		restart();
	};
}

function restart() {
	clearTimeout(timer);
	timer = setTimeout(write, REST);
}

// Touches only the sizes that are drawn.
function write() {
	const sizes = Object.keys(usual).map((name) => [name, shown(name)]).filter(([, value]) => value);
	writeAddress(Object.fromEntries(sizes.map(([name, value]) => [name, value === usual[name] ? "" : value])));
}

function shown(name) {
	return document.querySelector(`.st-key-${name} [aria-valuetext]`)?.getAttribute("aria-valuetext");
}
