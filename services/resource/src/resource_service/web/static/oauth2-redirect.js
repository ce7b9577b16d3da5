// The end of Authorize: hand the authorization response to the page that asked.
//
// The authorization server's pages cut the tie to the window that opened them
// (Cross-Origin-Opener-Policy), so window.opener is gone; a BroadcastChannel reaches
// every page of this origin and no other.
const channel = new BroadcastChannel("valetkey-docs-authorization");
channel.postMessage(Object.fromEntries(new URLSearchParams(location.search)));
history.replaceState(null, "", location.pathname);
window.close();
