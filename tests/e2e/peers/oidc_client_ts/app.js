// A button for each thing that the library can do, and what came of it.

const shown = document.getElementById('outcome')
const show = (outcome) => (shown.textContent = JSON.stringify(outcome))

async function begin() {
  const users = await manager()
  const does = {
    redirect: () => users.signinRedirect(),
    popup: () => users.signinPopup(),
    renew: () => users.signinSilent(),
    forget: () => users.removeUser(),
    out: () => users.signoutRedirect({ state: 'over' }),
  }
  for (const [id, act] of Object.entries(does)) {
    document.getElementById(id).onclick = async () => {
      show(null)
      await act().then((user) => show(user ?? {}), (error) => show({ error }))
    }
  }
  if (location.search.includes('state=')) await users.signoutCallback()
  show((await users.getUser()) ?? {})
}

begin()
