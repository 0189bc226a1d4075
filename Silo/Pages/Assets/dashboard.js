// Live parts, the theme, tooltips and local times. Every page works without this, as it was when it was loaded.

// The tree becomes what the silo sent; elements that stay keep focus, scroll position and what is unfolded.
function patch(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    from.replaceWith(to);
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && !(name === 'open' && from.nodeName === 'DETAILS')) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const next = [...to.childNodes];
  const old = [...from.childNodes];
  next.forEach((node, i) => (i < old.length ? patch(old[i], node) : from.append(node)));
  old.slice(next.length).forEach(node => node.remove());
}

function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    time.textContent = date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

function follow(parts) {
  const state = document.getElementById('connection');
  const show = (kind, text) => {
    state.className = `connection ${kind}`;
    state.textContent = text;
  };
  let source = null;
  const open = () => {
    source = new EventSource(location.pathname + location.search);
    source.onopen = () => show('on', 'live');
    source.onerror = () => (source.readyState === EventSource.CLOSED ? show('', '') : show('off', 'not connected'));
    for (const part of parts) {
      source.addEventListener(part.id, event => {
        const made = document.createElement('template');
        made.innerHTML = event.data;
        localTimes(made.content);
        const wanted = part.cloneNode(false);
        wanted.append(made.content);
        patch(part, wanted);
      });
    }
  };
  const close = () => {
    source?.close();
    source = null;
  };
  // A browser keeps few connections to one host, and a page that nobody sees needs none.
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : source ?? open()));
  window.addEventListener('pagehide', close);
  if (!document.hidden) open();
}

function themes(button) {
  const current = () => document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const name = () => {
    button.textContent = current() === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Switch to the ${button.textContent.toLowerCase()} theme`);
  };
  button.hidden = false;
  name();
  button.addEventListener('click', () => {
    const theme = current() === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
    name();
  });
}

function tips(tip) {
  const show = event => {
    const target = event.target.closest?.('[data-tip]');
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const box = target.getBoundingClientRect();
    const left = Math.min(Math.max(4, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 4);
    tip.style.left = `${left}px`;
    tip.style.top = `${box.top > tip.offsetHeight + 10 ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
  };
  document.addEventListener('pointerover', show);
  document.addEventListener('focusin', show);
  document.addEventListener('keydown', event => event.key === 'Escape' && (tip.hidden = true));
}

// A point of a figure plays its utterance.
function sounds() {
  const player = new Audio();
  const play = event => {
    const target = event.target.closest?.('[data-sound]');
    if (!target || (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    player.src = `${target.closest('[data-sounds]').dataset.sounds}/${target.dataset.sound}`;
    player.play().catch(() => {});
  };
  document.addEventListener('click', play);
  document.addEventListener('keydown', play);
}

const parts = [...document.querySelectorAll('[data-live]')];
if (parts.length) follow(parts);
localTimes(document);
themes(document.getElementById('theme'));
tips(document.getElementById('tip'));
sounds();
document.addEventListener('change', event => event.target.form?.matches('[data-auto]') && event.target.form.requestSubmit());
document.addEventListener('submit', event => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
  // Empty choices have no place in a link that is passed on.
  else if (event.target.method === 'get') for (const field of event.target.elements) if (field.name && !field.value) field.disabled = field.dataset.empty = true;
});
// Back from another page: what a submit disabled is there again.
window.addEventListener('pageshow', () => document.querySelectorAll('form [data-empty]').forEach(field => (field.disabled = false)));
