/**
 * The script of every page: it keeps the page up to date while it is looked at. A page is complete without it.
 *
 * The functions below run in a browser. They go there as their own text, so they may use each other and what a
 * browser has, nothing else of this file or of others.
 */
const FUNCTIONS = [startLiveUpdates, loadPage, updateNode, updateChildren, updateAttributes];

/** As it stands in the page. */
export const PAGE_SCRIPT = `${FUNCTIONS.map(String).join('\n')}\n${startLiveUpdates.name}();`;

function startLiveUpdates(): void {
  const main = document.querySelector('main');
  const state = document.querySelector('#live-state');
  const button = document.querySelector('#live-button');
  const path = main?.dataset['live'];
  // A page without one stays as it is.
  if (!main || path === undefined || !(state instanceof HTMLElement) || !(button instanceof HTMLElement))
    return;
  let stream: EventSource | undefined;
  let isPaused = false;
  let isLoading = false;
  let isStale = false;

  const tell = (text: string, isOn: boolean) => {
    if (state.textContent !== text) state.textContent = text;
    state.toggleAttribute('data-on', isOn);
  };
  const refresh = async () => {
    isStale = isLoading;
    if (isLoading) return;
    isLoading = true;
    try {
      const page = await loadPage();
      if (isPaused) return;
      document.title = page.title;
      const focused = document.activeElement;
      for (const id of ['as-of', 'main']) {
        const [before, after] = [document.getElementById(id), page.getElementById(id)];
        if (before && after) updateNode(before, after);
      }
      // Elements that changed their place lose the focus, those that are gone had it.
      if (document.activeElement === document.body && focused instanceof HTMLElement) {
        (focused.isConnected ? focused : main).focus({ preventScroll: true });
      }
      tell('Live', true);
    } catch {
      // The server restarts, or the network is gone.
      tell('No connection, trying again', false);
    } finally {
      isLoading = false;
    }
    if (isStale) await refresh();
  };
  const follow = () => {
    stream?.close();
    stream = undefined;
    if (isPaused || document.hidden) return;
    stream = new EventSource(path);
    stream.onmessage = refresh;
    stream.onerror = () => {
      tell('No connection, trying again', false);
      // It tries again by itself unless the answer was an error.
      if (stream?.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
    };
  };
  button.addEventListener('click', () => {
    isPaused = !isPaused;
    button.textContent = isPaused ? 'Go on' : 'Pause';
    if (isPaused) tell('Paused', false);
    follow();
  });
  document.addEventListener('visibilitychange', follow);
  state.hidden = false;
  button.hidden = false;
  document.getElementById('look-again')?.parentElement?.remove();
  follow();
}

/** This page as it is now; no markup goes through the script as text. */
function loadPage(): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', location.href);
    request.responseType = 'document';
    request.timeout = 10_000;
    request.onload = () => (request.responseXML ? resolve(request.responseXML) : reject());
    request.onerror = request.ontimeout = () => reject();
    request.send();
  });
}

/** Makes a node as another one is, leaving alone what is the same: focus, selection and scrolling stay. */
function updateNode(before: Node, after: Node): void {
  if (before instanceof Element && after instanceof Element) {
    updateAttributes(before, after);
    updateChildren(before, after);
  } else if (before.nodeValue !== after.nodeValue) before.nodeValue = after.nodeValue;
}

/** Elements are the same if their id is, or else if they are of one kind and at the same place. */
function updateChildren(before: Element, after: Element): void {
  const withId = new Map([...before.children].filter(({ id }) => id !== '').map(child => [child.id, child]));
  const wantedIds = new Set([...after.children].map(({ id }) => id));
  const idOf = (node: Node | null) => (node instanceof Element ? node.id : '');
  for (const id of withId.keys()) if (!wantedIds.has(id)) withId.get(id)?.remove();
  let place = before.firstChild;
  for (const wanted of [...after.childNodes]) {
    const id = idOf(wanted);
    const isSame = place?.nodeName === wanted.nodeName && idOf(place) === '';
    const match = id === '' ? (isSame ? place : null) : withId.get(id);
    if (!match || match.nodeName !== wanted.nodeName) {
      before.insertBefore(document.adoptNode(wanted), place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else before.insertBefore(match, place);
    updateNode(match, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** What a reader has opened stays open. */
function updateAttributes(before: Element, after: Element): void {
  for (const { name } of [...before.attributes]) {
    if (!after.hasAttribute(name) && name !== 'open') before.removeAttribute(name);
  }
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) before.setAttribute(name, value);
  }
}
