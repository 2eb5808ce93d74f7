// Draws each view of a group in a root of its own, so that none sees the styles of another.

const groups = new WeakMap();

export default function ({ parentElement, data }) {
  if (!groups.has(parentElement)) groups.set(parentElement, [...parentElement.querySelectorAll("template")].map(unfold));
  const lengths = new DataView(data.buffer, data.byteOffset);
  let start = 4 * show.length;
  groups.get(parentElement).forEach((root, i) => {
    const end = start + lengths.getUint32(4 * i, true);
    show[i]({ parentElement: root, data: data.subarray(start, end) });
    start = end;
  });
}

function unfold(template) {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.append(template.content.cloneNode(true));
  template.after(host);
  return root;
}
