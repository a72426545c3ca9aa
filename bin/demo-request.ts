import type { LocalStack } from '../local/start.ts'

/**
 * A request to the HTTP API in the name of the demo, with a token of its own, so that `--auth` is no
 * obstacle. Answers the body.
 * @throws Error when the API refuses it.
 */
export const demoRequest = async (
  stack: Pick<LocalStack, 'url' | 'token'>,
  method: 'GET' | 'PUT',
  path: string,
  body?: object,
): Promise<unknown> => {
  const response = await fetch(`${stack.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await stack.token({ scopes: ['groundcrew/admin'] })}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
