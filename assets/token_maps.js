// Maps of numbers: one row per token, one column per dimension or site. Pointing and keys never ask the server.

const HINT = "Point at a cell, or use the arrow keys, to read its number.";

export default function ({ parentElement, data }) {
  if (!parentElement.isConnected) return; // the page was turned while the numbers were on their way
  const { maps, arrays } = unpack(data);
  fit(parentElement.querySelector(".token-maps"), maps.length).forEach((root, i) => {
    if (!views.has(root)) views.set(root, tokenMap(root));
    views.get(root)({ ...maps[i], values: arrays[i] });
  });
}

const clamp = (x, count) => Math.min(Math.max(x, 0), count - 1);
const number = (x, digits) => (x ? x.toPrecision(digits).replaceAll("-", "−") : "0");

// Signed numbers: about zero, to 3 · root mean square or the largest. Sizes: from zero, or rescaled from the smallest.
function limitsOf(values, signed, rescale) {
  const sum = values.reduce((total, x) => total + x * x, 0);
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const spread = 3 * Math.sqrt(sum / values.length) || 1;
  const high = signed ? Math.min(largest, spread) : largest;
  const smallest = values.reduce((least, x) => Math.min(least, x), largest);
  const low = signed ? -high : rescale && smallest < high ? smallest : 0;
  const name = high < largest ? "± 3 · root mean square" : signed ? "± the largest" : low ? "smallest to largest" : "up to the largest";
  return { low, high, name };
}

function tokenMap(root) {
  const part = partsOf(root);
  let map, values, width, height, pause;
  let at = null;
  let painted = 0;
  let ramp = {};

  const words = ({ row, column }) =>
    `token ${map.tokens[row]} (position ${row}), ${map.columns[column]}: ${map.name} = ${number(values[row * width + column], 5)}`;

  function place(i) {
    return { row: Math.floor(i / width), column: i % width };
  }

  function show(cell) {
    at = cell;
    part.cell.hidden = !at;
    [...part.rows.children].forEach((label, row) => label.classList.toggle("lit", row === at?.row));
    part.words.textContent = at ? words(at) : HINT;
    if (!at) return;
    root.style.setProperty("--at-token", at.row);
    root.style.setProperty("--at-column", at.column);
    clearTimeout(pause);
    if (root.matches(":focus-within")) pause = setTimeout(() => at && (part.aloud.textContent = words(at)), 150);
  }

  function pick({ clientX, clientY }) {
    const { left, top, width: across, height: down } = part.field.getBoundingClientRect();
    const column = clamp(Math.floor(((clientX - left) / across) * width), width);
    return { row: clamp(Math.floor(((clientY - top) / down) * height), height), column };
  }

  part.field.onpointermove = part.field.onclick = (event) => show(pick(event));
  part.field.onpointerleave = () => root.matches(":focus-within") || show(null);
  part.map.onfocus = () => part.map.matches(":focus-visible") && show(at ?? { row: 0, column: 0 });
  part.map.onblur = () => show(null);
  part.map.onkeydown = (event) => {
    if (event.key === "Escape") show(null);
    if (!STEPS[event.key]) return;
    event.preventDefault();
    const [down, right] = STEPS[event.key];
    const from = at ?? { row: 0, column: 0 };
    show({ row: clamp(from.row + down, height), column: clamp(from.column + right, width) });
    part.cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  part.rescale.onchange = () => draw();

  function label() {
    part.title.textContent = root.ariaLabel = map.title;
    part.choice.hidden = map.signed;
    fit(part.rows, height).forEach((row, i) => {
      [row.firstElementChild.textContent, row.lastElementChild.textContent] = [i, map.tokens[i]];
      row.title = map.tokens[i];
    });
    let [least, most] = [0, 0];
    values.forEach((x, i) => {
      if (x < values[least]) least = i;
      if (x > values[most]) most = i;
    });
    part.map.ariaLabel = `${map.title}. Largest: ${words(place(most))}. Smallest: ${words(place(least))}.`;
  }

  // Cells are whole pixels; where there is no room for all columns the map scrolls.
  function measure() {
    const row = height > 64 ? 14 : height > 24 ? 16 : 20;
    const room = root.clientWidth - part.rows.offsetWidth - (height * row > 458 ? 18 : 3);
    const column = Math.min(Math.max(Math.floor(room / width), 3), 48);
    const sizes = { tokens: height, columns: width, row: `${row}px`, column: `${column}px` };
    for (const name in sizes) root.style.setProperty(`--${name}`, sizes[name]);
    // All are placed before the first is measured, and measured before the first is hidden: one layout for all.
    const ticks = fit(part.columns, map.ticks.length);
    ticks.forEach((tick, i) => {
      [tick.textContent, tick.hidden] = [map.ticks[i][1], false];
      tick.style.setProperty("--at", map.ticks[i][0]);
    });
    let free = 0;
    const spans = ticks.map(({ offsetLeft, offsetWidth }) => [offsetLeft, offsetLeft + offsetWidth]);
    spans.forEach(([left, right], i) => {
      ticks[i].hidden = left < free || right > column * width + 2;
      if (!ticks[i].hidden) free = right + 4;
    });
  }

  function draw() {
    const limits = limitsOf(values, map.signed, part.rescale.checked);
    const stops = stopsOf(root, map.signed);
    if (String(stops) !== String(ramp.stops)) ramp = { stops, colours: rampOf(stops) };
    const step = 255 / (limits.high - limits.low);
    paint(part.canvas, [height, width], ramp.colours, (i) => clamp(Math.round((values[i] - limits.low) * step), 256));
    const gradient = stops.map(([place, colour]) => `${colour} ${100 * place}%`);
    part.scale.style.background = `linear-gradient(to right, ${gradient})`;
    part.low.textContent = number(limits.low, 3);
    part.high.textContent = number(limits.high, 3);
    part.limit.textContent = limits.name;
    Object.assign(root.dataset, { digest: map.digest, painted: ++painted });
  }

  new ResizeObserver(() => map && measure()).observe(root);
  // Numbers that replace others wait until the frame is shown that has the page's large view, which comes first.
  let waiting;
  return (newMap) => {
    if (map && !waiting) requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(take)));
    waiting = newMap;
    if (!map) take();
  };

  function take() {
    [map, waiting] = [waiting, null];
    values = map.values;
    [height, width] = values.shape;
    if (!root.isConnected) return;
    label();
    measure();
    show(null);
    draw();
  }
}
