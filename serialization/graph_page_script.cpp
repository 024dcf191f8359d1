// The script of the page that graph_page.h declares: builds the boxes, draws the lines, opens what a search finds.
#include "serialization/graph_page.h"

namespace gradloom {

std::string_view graph_page_script() {
  return R"js(
const graph = document.getElementById('graph'), children = items.map(() => []);
items.forEach((item, i) => { if (i) children[item.parent].push(i); });
const isBox = i => items[i].kind === 'scope' || items[i].kind === 'body';
const start = items.map(item => item.open);
let open = start.slice(), found = new Set(), elements = [];

function title(item) {
  if (!item.operation || item.operation === item.name || item.kind === 'scope') return item.name;
  if (item.kind === 'operation' && item.name.startsWith(item.operation + '_')) return item.operation;
  return item.name + ': ' + item.operation;
}

function element(i) {
  const item = items[i], made = document.createElement('div');
  elements[i] = made;
  made.title = item.path + (item.detail ? '\n' + item.detail : '');
  if (item.gradient) made.classList.add('gradient');
  if (found.has(i)) made.classList.add('found');
  if (!isBox(i)) {
    made.classList.add('leaf');
    if (item.kind !== 'operation') made.classList.add('value');
    made.textContent = title(item);
    const small = document.createElement('small');
    small.textContent = item.detail.split('\n')[0];
    made.append(small);
    made.onmouseenter = () => mark(i, true);
    made.onmouseleave = () => mark(i, false);
    return made;
  }
  made.classList.add('box');
  if (item.kind === 'body' && i) made.classList.add('loop');
  const head = document.createElement('button');
  head.className = 'head';
  head.setAttribute('aria-expanded', open[i]);
  head.textContent = (open[i] ? '\u25be ' : '\u25b8 ') + title(item) + ' ';
  const small = document.createElement('small');
  small.textContent = item.count + (item.count === 1 ? ' operation' : ' operations');
  head.append(small);
  head.onclick = () => { open[i] = !open[i]; show(); elements[i].querySelector('.head').focus(); };
  made.append(head);
  made.onmouseenter = () => mark(i, true);
  made.onmouseleave = () => mark(i, false);
  if (!open[i]) { made.classList.add('closed'); return made; }
  const rows = new Map();
  for (const child of children[i]) {
    if (!rows.has(items[child].row)) rows.set(items[child].row, []);
    rows.get(items[child].row).push(child);
  }
  for (const row of [...rows.keys()].sort((a, b) => a - b)) {
    const line = document.createElement('div');
    line.className = 'row';
    for (const child of rows.get(row)) line.append(element(child));
    made.append(line);
  }
  return made;
}

// The item itself, or the outermost closed box around it.
function visible(i) {
  let result = i;
  for (let at = items[i].parent, below = i; below; below = at, at = items[at].parent) if (!open[at]) result = at;
  return result;
}

let lines = [];
function drawLines() {
  const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg');
  svg.id = 'lines';
  const at = graph.getBoundingClientRect(), pairs = new Map();
  svg.setAttribute('width', at.width);
  svg.setAttribute('height', at.height);
  for (const [from, to, type] of edges) {
    const a = visible(from), b = visible(to);
    if (a === b) continue;
    const key = a + ' ' + b;
    if (!pairs.has(key)) pairs.set(key, {a, b, types: new Set()});
    pairs.get(key).types.add(type);
  }
  lines = [];
  for (const {a, b, types} of pairs.values()) {
    const p = elements[a].getBoundingClientRect(), q = elements[b].getBoundingClientRect();
    const x1 = p.left + p.width / 2 - at.left, y1 = p.bottom - at.top;
    const x2 = q.left + q.width / 2 - at.left, y2 = q.top - at.top;
    const bend = Math.min(60, Math.max(12, Math.abs(y2 - y1) / 2)), path = document.createElementNS(space, 'path');
    path.setAttribute('d', `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}m-3-5l3 5l3-5`);
    svg.append(path);
    const text = document.createElementNS(space, 'text');
    text.setAttribute('x', (x1 + x2) / 2 + 3);
    text.setAttribute('y', (y1 + y2) / 2);
    text.textContent = types.size === 1 ? [...types][0] : types.size + ' types';
    const crowded = pairs.size > 80 || y2 - y1 > 110 || y2 < y1;
    if (crowded) text.style.display = 'none';
    svg.append(text);
    lines.push({a, b, path, text, crowded});
  }
  graph.append(svg);
}

function mark(i, hot) {
  for (const line of lines) {
    if (line.a !== i && line.b !== i) continue;
    line.path.classList.toggle('hot', hot);
    if (line.crowded) line.text.style.display = hot ? '' : 'none';
  }
}

function show() {
  const x = scrollX, y = scrollY;
  elements = [];
  graph.replaceChildren(element(0));
  drawLines();
  scrollTo(x, y);
}

const search = document.getElementById('search'), matches = document.getElementById('matches');
search.oninput = () => {
  const wanted = search.value.trim().toLowerCase();
  found = new Set();
  open = start.slice();
  if (wanted) items.forEach((item, i) => {
    if (i && (item.path.toLowerCase().includes(wanted) || item.operation.toLowerCase() === wanted)) found.add(i);
  });
  // A box that is found stands for what is in it.
  for (const i of [...found]) if (i && found.has(items[i].parent)) found.delete(i);
  for (const i of found) for (let at = items[i].parent; ; at = items[at].parent) { open[at] = true; if (!at) break; }
  matches.textContent = wanted ? found.size + (found.size === 1 ? ' place' : ' places') : '';
  show();
  const first = [...found][0];
  if (first !== undefined) elements[first].scrollIntoView({block: 'center', inline: 'center'});
};
document.getElementById('open').onclick = () => { open = items.map(() => true); show(); };
document.getElementById('close').onclick = () => { open = items.map((item, i) => i === 0); show(); };
addEventListener('resize', show);
show();
)js";
}

}  // namespace gradloom
