// Loads the page again when a mail has come: the newest one when it was open, else the same one.
const shown = document.body.dataset.newest;
setInterval(async () => {
  try {
    const newest = await (await fetch("/newest")).text();
    if (newest !== shown) location.reload();
  } catch {
    // The demo has ended; the page stays as it is.
  }
}, 1000);
