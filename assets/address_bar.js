// Writes into the address what the sliders of the sizes say, once they have been at rest for a moment.

const REST = 150; // milliseconds, longer than it takes to draw what a move brings
const sliders = new MutationObserver(restart);
let usual = {}; // by name: the value that is left out of the address
let timer;

export default function ({ data, parentElement }) {
  usual = data.usual;
  const watched = { subtree: true, childList: true, attributeFilter: ["aria-valuetext"] };
  sliders.observe(parentElement.host.closest("[data-testid=stSidebar]"), watched);
  write(); // a turned page has the sizes of the one before, but Streamlit leaves them out of its address
}

function restart() {
  clearTimeout(timer);
  timer = setTimeout(write, REST);
}

// Touches only the sizes. A host page that shows the app in a frame is told, as Streamlit tells it of its own changes.
function write() {
  const sizes = Object.keys(usual).map((name) => [name, shown(name)]).filter(([, value]) => value);
  const names = ["", ...sizes.map(([name]) => name)];
  const others = location.search.slice(1).split("&").filter((pair) => !names.includes(pair.split("=")[0]));
  const written = sizes.filter(([name, value]) => value !== usual[name]).map((pair) => pair.join("="));
  const search = [...others, ...written].join("&").replace(/^(?=.)/, "?");
  if (search === location.search) return;
  history.replaceState(history.state, "", location.pathname + search + location.hash);
  parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams: search }, "*");
}

function shown(name) {
  return document.querySelector(`.st-key-${name} [aria-valuetext]`)?.getAttribute("aria-valuetext");
}
