// The library knows by the state which of the three ways this was.
manager()
  .then((users) => users.signinCallback())
  .then((user) => user && location.replace('/'))
  .catch((error) => document.body.append(String(error)))
