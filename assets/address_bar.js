// Writes into the address what the controls of the settings say, once they have been at rest for a moment.

const REST = 150; // milliseconds, longer than it takes to draw what a move brings
const sliders = new MutationObserver(restart);
let usual = {}; // by name: the value that is left out of the address
let timer;

export default function ({ data, parentElement }) {
	usual = data.usual;
	const sidebar = parentElement.host.closest("[data-testid=stSidebar]");
	keepMenu(sidebar, data.page);
	sliders.observe(sidebar, { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] });
	// Streamlit knows nothing of the sizes, and of the rest what it knew when the last run began: what it writes for
	// another control, or for another page, can be without them.
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

// Touches only what is drawn, and what the address does not say already.
function write() {
	const said = new URLSearchParams(location.search);
	const own = {};
	for (const name in usual) {
		const value = shown(name);
		const target = value === usual[name] ? null : value;
		if (value && target !== said.get(name)) own[name] = target ? `${new URLSearchParams([["", target]])}`.slice(1) : "";
	}
	writeAddress(own);
}

// What a slider, a field or a row of choices says.
function shown(name) {
	const control = document.querySelector(`.st-key-${name}`);
	const slider = control?.querySelector("[aria-valuetext]");
	if (slider) return slider.getAttribute("aria-valuetext");
	return control?.querySelector("input")?.value ?? control?.querySelector("[aria-checked=true]")?.innerText;
}
