/** The users of the local runtime: enough to see what each kind of grant shows and hides. */
export type Person = { name: string; groups: readonly string[]; does: string }

export const people: readonly Person[] = [
  { name: 'admin', groups: ['admin'], does: 'may do everything, in every fleet' },
  { name: 'operator', groups: ['read', 'operate', 'download'], does: 'works docks of every fleet' },
  { name: 'viewer', groups: ['read'], does: 'looks at every fleet and changes nothing' },
  { name: 'viewer-north', groups: ['read@north'], does: 'looks at the fleet north alone' },
  {
    name: 'operator-north',
    groups: ['read@north', 'operate@north', 'download@north'],
    does: 'works docks of the fleet north',
  },
  { name: 'admin-north', groups: ['admin@north'], does: 'administers the fleet north' },
]

const escaped = (value: string): string =>
  value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style =
  'body{font:16px/1.5 system-ui;margin:12vh auto;max-width:30rem;padding:0 1rem;color-scheme:light dark}' +
  'button{font:inherit;text-align:start;width:100%;margin:.25rem 0;padding:.5rem .75rem;cursor:pointer}small{opacity:.8}'

/** The page that asks which user to be; it carries the client's parameters along. */
export const signInPage = (asked: URLSearchParams): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in</title>
<style>${style}</style></head>
<body><main><h1>Who are you?</h1>
<p>This stands in for the sign-in page of the deployed stack. Nobody has a password here.</p>
<form method="post" action="/oauth2/authorize">
${[...asked].map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`).join('\n')}
${people.map(({ name, does }) => `<button name="person" value="${name}">${name}<br><small>${does}</small></button>`).join('\n')}
</form></main></body></html>
`
