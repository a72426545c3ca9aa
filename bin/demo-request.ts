import type { LocalDeployment } from '../local/start.ts'

type Stack = Pick<LocalDeployment, 'url' | 'token'>

/**
 * A request to the HTTP API for the demo, with its own token, so that `--auth` does not block it. Returns the
 * body.
 * @throws Error if the API refuses it.
 */
export const demoRequest = async (stack: Stack, path: string): Promise<unknown> => {
  const response = await send(stack, path)
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

/**
 * Registers a machine of the demo, unless it is registered: later changes by people stay (ADR 0049). Safe to
 * repeat. @throws Error if the API refuses it.
 */
export const registerOnce = async (stack: Stack, path: string, body: object): Promise<void> => {
  const response = await send(stack, path, {
    method: 'PUT',
    headers: { 'if-none-match': '*' },
    body: JSON.stringify(body),
  })
  const answer = await response.text()
  if (!response.ok && response.status !== 412) throw new Error(`PUT ${path}: ${response.status} ${answer}`)
}

const send = async ({ url, token }: Stack, path: string, more: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, {
    ...more,
    headers: {
      ...more.headers,
      'content-type': 'application/json',
      authorization: `Bearer ${await token({ scopes: ['groundcrew/admin'] })}`,
    },
  })
