// What the page is made of: clock times, lengths of time, and elements that are changed in place.
'use strict';

let clockAhead = 0; // the home's clock minus this browser's, in ms

// --- text and time -------------------------------------------------------------------------------

const homeNow = () => Date.now() + clockAhead;
const plural = (n, one, many) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const DAY = { day: 'numeric', month: 'short', year: 'numeric' };
let zone; // the home's
let timeFormat = new Intl.DateTimeFormat(undefined, CLOCK);
let dayFormat = new Intl.DateTimeFormat(undefined, DAY);
function setZone(name) {
  if (name === zone) return;
  zone = name;
  try {
    timeFormat = new Intl.DateTimeFormat(undefined, { ...CLOCK, timeZone: name });
    dayFormat = new Intl.DateTimeFormat(undefined, { ...DAY, timeZone: name });
  } catch (error) {
    zone = undefined; // this browser does not know it: its own zone stays
  }
}

function clockText(at) {
  const time = timeFormat.format(at);
  const day = dayFormat.format(at);
  return day === dayFormat.format(homeNow()) ? time : `${day}, ${time}`;
}
function lengthText(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${plural(Math.floor(s / 86400), 'day', 'days')} ${Math.floor(s / 3600) % 24} h`;
}
function agoText(at) {
  const past = homeNow() - at;
  return past >= -500 ? `${lengthText(past)} ago` : `in ${lengthText(-past)}`;
}
function tookText(ms) {
  if (ms >= 10000) return lengthText(ms);
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 10) return `${Math.round(ms)} ms`;
  return ms < 0.01 ? '<0.01 ms' : `${ms.toFixed(ms >= 1 ? 1 : 2)} ms`;
}

// --- elements ------------------------------------------------------------------------------------

const byId = (id) => document.getElementById(id);
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
/** A text that may be broken behind a dot or an underscore, as names are read. */
function setName(node, text) {
  if (node.textContent === text) return;
  const parts = text.match(/[^._]*[._]|[^._]+/g) || [];
  node.replaceChildren(...parts.flatMap((part, i) => (i === 0 ? [part] : [element('wbr'), part])));
}
/** A clock time with its distance from now, which `tickTimes` keeps right. */
function setTime(node, at, before = '') {
  let time = node.querySelector('time');
  if (at === undefined) {
    if (node.firstChild) node.replaceChildren();
    return;
  }
  if (!time) {
    time = element('time');
    time.append(element('span'), ' ', element('span', 'ago'));
    node.replaceChildren(before, time);
  }
  time.dataset.at = at;
  const iso = new Date(at).toISOString();
  if (time.dateTime !== iso) time.dateTime = iso;
  setText(time.firstChild, clockText(at));
  setText(time.lastChild, agoText(at));
}
function tickTimes() {
  for (const time of document.querySelectorAll('time[data-at]')) {
    setText(time.lastChild, agoText(Number(time.dataset.at)));
  }
}
/** The first line of an error; the rest folds out. */
function setError(node, error) {
  const text = error ? error.text : '';
  if (node.dataset.shown === text) return;
  node.dataset.shown = text;
  const end = text.indexOf('\n');
  if (end < 0) {
    node.replaceChildren(element('span', 'error text', text));
  } else {
    const details = element('details', 'error text');
    details.append(element('summary', '', text.slice(0, end)), text.slice(end + 1));
    node.replaceChildren(details);
  }
}
/** Makes the children of `parent` those of `items`, in order, each made once and known by its key. */
function sync(parent, items, make, update, mayMove = true) {
  const known = new Map();
  for (const child of parent.children) known.set(child.dataset.key, child);
  const wanted = items.map(([key, item]) => {
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = make();
      child.dataset.key = key;
      parent.append(child);
    }
    update(child, item, key);
    return child;
  });
  for (const gone of known.values()) gone.remove();
  if (!mayMove) return;
  wanted.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] || null);
  });
}
function row(labels) {
  const made = element('tr');
  made.setAttribute('role', 'row');
  for (const [label, className] of labels) {
    const cell = element('td', className);
    cell.setAttribute('role', 'cell');
    cell.dataset.label = label;
    made.append(cell);
  }
  return made;
}
