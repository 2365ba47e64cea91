// The page: shows what the live feed says of the board. Data is put in as text only, never as markup.
'use strict';

const FEED_SILENCE_MS = 3500; // the feed speaks every second
const RETRY_MS = [500, 1000, 2000, 4000, 5000];
const HEALTH_RANK = { bad: 0, warn: 1, idle: 2, ok: 3 };
const KIND_RANK = { listener: 0, job: 1, stream: 2, wait: 3, background: 4 };

let board = null; // the last snapshot, with all patches applied
let paused = false;

// --- the link ------------------------------------------------------------------------------------

function showLink() {
  const link = board.link;
  const lasted = lengthText(homeNow() - link.since);
  const server = `Home Assistant${link.ha_version ? ` ${link.ha_version}` : ''}`;
  const words = {
    connecting: ['wait', 'Connecting to Home Assistant…', ''],
    connected: ['good', `Connected to ${server}`, `for ${lasted}, since ${clockText(link.since)}`],
    starting: ['wait', 'Home Assistant is starting', `for ${lasted}; apps wait until it says that it is running`],
    lost: ['bad', `Home Assistant unreachable for ${lasted}`, `lost at ${clockText(link.since)}; apps keep their timers and memory`],
    waiting: ['bad', `Home Assistant cannot be reached, for ${lasted}`, 'Hassette keeps trying'],
    rejected: ['bad', 'Home Assistant rejects the token', 'put a valid one in place and start again'],
  }[link.state] || ['bad', link.state, ''];
  const [tone, title, detail] = words;
  byId('link').dataset.tone = tone;
  document.body.dataset.link = tone === 'good' ? 'up' : 'down';
  setText(byId('link-title'), title);
  const wait = link.retry_at === undefined ? '' : `, next attempt in ${lengthText(link.retry_at - homeNow())}`;
  setText(byId('link-detail'), detail + wait);
  setText(byId('link-error'), link.error || '');
  byId('link-error').hidden = !link.error;
  const facts = [link.home, link.url, `${link.entities.toLocaleString()} entities`,
    `${board.counts.per_second.toFixed(1)} events/s`];
  if (link.reconnects > 0) facts.push(plural(link.reconnects, 'reconnection', 'reconnections'));
  setText(byId('link-facts'), facts.filter(Boolean).join(' · '));
  const mark = { good: '', wait: '… ', bad: '! ' }[tone];
  document.title = `${mark}Hassette${link.home ? ` · ${link.home}` : ''}`;
}

function showBlocked() {
  const held = board.engine.blocked;
  byId('blocked').hidden = !held;
  if (!held) return;
  setText(byId('blocked'), `${held.app}/${held.task} has held the loop for ${tookText(held.held_ms)}: ` +
    'no other handler runs until it lets go. Move what blocks to task_bucket.run_in_thread.');
}

// --- apps ----------------------------------------------------------------------------------------

const TASK_COLUMNS = [['Handler or job', ''], ['Waits for', ''], ['Runs', 'count'], ['Failed', 'count'],
  ['Skipped', 'count why'], ['Last run', ''], ['Took', 'took'], ['Last error', '']];

function makeApp() {
  const card = element('article', 'app');
  const title = element('h3');
  title.append(element('span', 'name'), element('span', 'badge'));
  const table = element('table');
  table.setAttribute('role', 'table');
  const head = element('thead');
  head.setAttribute('role', 'rowgroup');
  const names = element('tr');
  names.setAttribute('role', 'row');
  for (const [label, className] of TASK_COLUMNS) {
    const cell = element('th', className === 'took' ? '' : className, label);
    cell.scope = 'col';
    cell.setAttribute('role', 'columnheader');
    names.append(cell);
  }
  head.append(names);
  const body = element('tbody');
  body.setAttribute('role', 'rowgroup');
  table.append(element('caption', 'unseen'), head, body);
  const meta = element('p', 'meta muted');
  meta.append(element('span'), element('span', 'since'));
  card.append(title, meta, element('p', 'problem text'), element('p', 'advice text'), makeLastError(), table);
  return card;
}

/** What failed last, when and how; for what no row of the table tells, such as a job that is over. */
function makeLastError() {
  const last = element('p', 'last-error');
  last.append('Last error: ', element('b'), ', ', element('span', 'since'), ' ', element('span', 'what'));
  return last;
}

function showLastError(card, app) {
  const last = app.last_error;
  const isTold = last && Object.values(app.tasks).some((task) =>
    task.last_error && task.last_error.at === last.at && task.name === last.task);
  const place = card.querySelector('.last-error');
  place.hidden = !last || isTold;
  if (place.hidden) return;
  setName(place.querySelector('b'), last.task);
  setTime(place.querySelector('.since'), last.at);
  setError(place.querySelector('.what'), last);
}

function showApp(card, app, name) {
  card.dataset.health = app.health;
  setText(card.querySelector('.name'), name);
  setText(card.querySelector('.badge'), app.state === 'running' && app.health === 'bad' ? 'failing' : app.state);
  const [facts, since] = card.querySelector('.meta').children;
  const parts = [app.class, app.file, plural(app.runs, 'run', 'runs')];
  if (app.failures > 0) parts.push(`${app.failures.toLocaleString()} failed`);
  setText(facts, `${parts.filter(Boolean).join(' · ')} · ${app.state} since `);
  setTime(since, app.since);
  const problem = card.querySelector('.problem');
  const isBad = app.health === 'bad';
  const problemText = (isBad && app.message) || '';
  setText(problem, problemText);
  problem.hidden = !problemText;
  problem.classList.toggle('code', problemText.includes('\n')); // a compiler's caret needs its column
  const advice = [isBad ? '' : app.message, app.advice].filter(Boolean).join('\n');
  setText(card.querySelector('.advice'), advice);
  card.querySelector('.advice').hidden = !advice;
  showLastError(card, app);
  const tasks = Object.entries(app.tasks).sort(([a, x], [b, y]) =>
    y.failing - x.failing || KIND_RANK[x.kind] - KIND_RANK[y.kind] || Number(a) - Number(b));
  const table = card.querySelector('table');
  table.hidden = tasks.length === 0;
  table.classList.toggle('no-errors', !tasks.some(([, task]) => task.last_error));
  const more = app.unlisted_tasks ? `, ${app.unlisted_tasks} more are not listed` : '';
  setText(table.caption, `Handlers and jobs of ${name}${more}`);
  sync(table.tBodies[0], tasks, () => row(TASK_COLUMNS), showTask, !isPointedAt());
}

function showTask(line, task) {
  const [name, waits, runs, failed, skipped, last, took, error] = line.cells;
  line.classList.toggle('failing', task.failing);
  if (!name.firstChild) {
    for (const cell of [name, waits, runs, failed, skipped]) {
      const words = element('div');
      words.append(element('span'), element('small'));
      cell.append(words);
    }
  }
  const [title, source] = name.firstChild.children;
  setName(title, task.name);
  const kind = [task.durable ? 'durable' : '', task.kind === 'listener' ? '' : task.kind].filter(Boolean).join(' ');
  setName(source, [kind, task.source].filter(Boolean).join(' · '));
  showForgetful(name.firstChild, task);
  const [condition, next] = waits.firstChild.children;
  setName(condition, task.waits_for || '');
  const isWait = task.kind === 'wait'; // nothing of it runs: it only says where tasks are
  if (isWait) setTime(next, task.waiting_since, 'since ');
  else setTime(next, task.next_run, 'next at ');
  const [ran, now] = runs.firstChild.children;
  setText(ran, isWait ? '' : task.runs.toLocaleString());
  setText(now, [[task.running, 'now'], [task.late, 'late'], [isWait && task.waiting, 'waiting']].filter(([count]) => count > 0)
    .map(([count, what]) => `${count.toLocaleString()} ${what}`).join(', '));
  const [failures, silent] = failed.firstChild.children;
  setText(failures, isWait ? '' : task.failures.toLocaleString());
  setText(silent, task.error_handler_failures ? `on_error too: ${task.error_handler_failures.toLocaleString()}` : '');
  showSkipped(skipped, task);
  for (const cell of [failed, skipped]) cell.toggleAttribute('data-empty', isWait);
  setTime(last, task.last_run);
  setText(took, task.last_ms === undefined ? '' : tookText(task.last_ms));
  setError(error, task.last_error);
  error.toggleAttribute('data-empty', !task.last_error);
}

/** A durable task that a restart would forget says so, and why. */
function showForgetful(place, task) {
  let words = place.querySelector('.forgetful');
  if (!task.durable_fault) {
    if (words) words.remove();
    return;
  }
  if (!words) {
    words = element('small', 'forgetful');
    place.append(words);
  }
  setText(words, `not durable at present: ${task.durable_fault}`);
}

/** What came and started no run, and why, where there is something to say. */
const SKIPPED = { suppressed: 'still running', dropped: 'no room', throttled: 'throttled', skipped: 'said no',
  missed: 'too late' };
function showSkipped(cell, task) {
  const [sum, why] = cell.firstChild.children;
  const counts = Object.entries(SKIPPED).filter(([key]) => task[key] > 0);
  setText(sum, task.kind === 'wait' ? '' : counts.reduce((all, [key]) => all + task[key], 0).toLocaleString());
  setText(why, counts.map(([key, words]) => (counts.length > 1 ? `${task[key].toLocaleString()} ${words}` : words))
    .join(', '));
}

/** Rows do not change places under the pointer or the keyboard's focus. */
const isPointedAt = () => byId('app-list').matches(':hover, :focus-within');

function showApps() {
  const apps = Object.entries(board.apps).sort(([a, x], [b, y]) =>
    HEALTH_RANK[x.health] - HEALTH_RANK[y.health] || a.localeCompare(b));
  sync(byId('app-list'), apps, makeApp, showApp, !isPointedAt());
  byId('no-apps').hidden = apps.length > 0;
  const running = apps.filter(([, app]) => app.state === 'running').length;
  const bad = apps.filter(([, app]) => app.health === 'bad').map(([name]) => name);
  setText(byId('apps-sum'), `${running} of ${apps.length} running${bad.length ? `; failing: ${bad.join(', ')}` : ''}`);
}

// --- events --------------------------------------------------------------------------------------

const EVENT_COLUMNS = [['Time', ''], ['What', ''], ['Change', ''], ['Started', '']];
let newestEvent = 0;

function showEvent(line, event, number) {
  const [time, what, change, started] = line.cells;
  setTime(time, event.at);
  if (!what.firstChild) {
    const words = element('div');
    const name = element('span');
    setName(name, event.detail ? `${event.what} ${event.detail}` : event.what);
    words.append(name);
    if (event.recovered) words.append(' ', element('span', 'mark', 'recovered'));
    what.append(words);
    const quiet = event.old === event.new ? `${event.new} (attributes)` : `${event.old ?? '(new)'} → ${event.new ?? '(removed)'}`;
    setText(change, event.state ? quiet : '');
    line.classList.toggle('fresh', newestEvent > 0 && Number(number) > newestEvent);
  }
  const names = event.started || [];
  const more = (event.started_count || 0) - names.length;
  setName(started, names.join(', ') + (more > 0 ? ` and ${more} more` : ''));
}

function showEvents() {
  const { events, dropped } = board.counts;
  const lost = dropped > 0 ? `, ${dropped.toLocaleString()} dropped` : '';
  setText(byId('events-sum'), `${plural(events, 'event', 'events')} since the start${lost}`);
  if (paused) return;
  const numbers = Object.entries(board.events).sort(([a], [b]) => Number(b) - Number(a));
  sync(byId('event-rows'), numbers, () => row(EVENT_COLUMNS), showEvent);
  byId('no-events').hidden = numbers.length > 0;
  if (numbers.length > 0) newestEvent = Number(numbers[0][0]);
}

byId('pause').addEventListener('click', (click) => {
  paused = !paused;
  click.target.setAttribute('aria-pressed', String(paused));
  setText(click.target, paused ? 'Go on' : 'Pause');
  if (board) showEvents();
});

// --- the whole -----------------------------------------------------------------------------------

function showEngine() {
  const { engine, counts, link } = board;
  setText(byId('version'), engine.version);
  const parts = [`Hassette ${engine.version}`,
    `running for ${lengthText(homeNow() - engine.started)}, since ${clockText(engine.started)}`];
  const unknown = Object.entries(counts.unknown_frames).map(([kind, count]) => `${kind} ${count}×`);
  if (unknown.length) parts.push(`frames that were not understood: ${unknown.join(', ')}`);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (link.time_zone && link.time_zone !== own) parts.push(`times are those of ${link.time_zone}`);
  setText(byId('engine'), parts.join(' · '));
}

function showAll() {
  setZone(board.link.time_zone || undefined);
  showLink();
  showBlocked();
  showApps();
  showEvents();
  showEngine();
}

/** RFC 7396: null removes, objects merge, anything else replaces. */
function applyPatch(target, patch) {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key];
    else if (isObject(value) && isObject(target[key])) applyPatch(target[key], value);
    else target[key] = value;
  }
}
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// --- the feed ------------------------------------------------------------------------------------

let socket = null;
let silentSince = 0; // for the silence timer: a new socket has not had its chance yet
let lastTaken = 0; // when what is shown was true
let failures = 0;

function connect() {
  const address = new URL('api/live', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const mine = new WebSocket(address);
  socket = mine;
  silentSince = Date.now();
  mine.addEventListener('message', (received) => {
    if (mine === socket) take(JSON.parse(received.data));
  });
  mine.addEventListener('close', () => {
    if (mine === socket) lose();
  });
}

function take(message) {
  lastTaken = Date.now();
  silentSince = lastTaken;
  failures = 0;
  clockAhead = message.now - lastTaken;
  if (message.full) board = message.full;
  if (message.patch) applyPatch(board, message.patch);
  document.body.dataset.feed = 'live';
  setText(byId('feed'), 'Live');
  if (message.full || message.patch) showAll();
}

/** At once, not when the next attempt has failed: what is shown is old from now on. */
function lose() {
  const abandoned = socket;
  socket = null;
  if (abandoned) abandoned.close();
  document.body.dataset.feed = 'stale';
  const asOf = board ? ` This is as of ${clockText(lastTaken + clockAhead)}.` : '';
  setText(byId('feed'), `No connection to Hassette, trying again.${asOf}`);
  const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
  failures += 1;
  if (failures > 2) askWhy(asOf);
  setTimeout(connect, wait);
}

/** A WebSocket does not say that the credential is missing; a plain request does. */
async function askWhy(asOf) {
  try {
    const answer = await fetch('api/health', { cache: 'no-store' });
    if (answer.status === 401 || answer.status === 403) {
      setText(byId('feed'), `Hassette does not admit this browser: open the link that it printed.${asOf}`);
    }
  } catch (error) {
    // Nothing answers; the sentence that stands there says so.
  }
}

setInterval(() => {
  if (socket && Date.now() - silentSince > FEED_SILENCE_MS) lose();
  if (!board || document.body.dataset.feed !== 'live') return;
  tickTimes();
  showLink();
  showEngine();
}, 1000);

connect();
