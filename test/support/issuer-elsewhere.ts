import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import * as z from 'zod'

/**
 * An issuer of one's own, which has what Cognito has not: codes for devices (RFC 8628, section 3). Whoever asks it for
 * a token gets what `token` makes.
 */

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

type Answer = [status: number, body: object]
const refused = (error: string): Answer => [400, { error }]

export const machine = { id: 'nightly', secret: 'kept by its owner' }
const basic = `Basic ${btoa(`${machine.id}:${encodeURIComponent(machine.secret).replaceAll('%20', '+')}`)}`

export const issuerElsewhere = async (t: TestContext, token: () => Promise<string>) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`
  const person = { says: 'nothing yet' as 'nothing yet' | 'yes' | 'no', code: 'WDJB-MJHT' }
  const polled = Promise.withResolvers<void>()
  let given = 0

  const give = async (): Promise<Answer> => {
    given += 1
    return [200, { access_token: await token(), token_type: 'Bearer', expires_in: 3600 }]
  }
  const answers: Record<string, (request: IncomingMessage) => Answer | Promise<Answer>> = {
    'GET /.well-known/openid-configuration': () => [
      200,
      { issuer: url, token_endpoint: `${url}/token`, device_authorization_endpoint: `${url}/device` },
    ],
    'POST /device': () => [
      200,
      {
        device_code: 'for-this-one',
        user_code: person.code,
        verification_uri: `${url}/enter`,
        expires_in: 600,
        interval: 1,
      },
    ],
    'POST /token': async (request) => {
      const form = new URLSearchParams(await text(request))
      if (form.get('grant_type') === 'client_credentials')
        return request.headers.authorization === basic ? give() : [401, { error: 'invalid_client' }]
      if (form.get('grant_type') !== deviceGrant || form.get('device_code') !== 'for-this-one')
        return refused('invalid_grant')
      polled.resolve()
      if (person.says === 'yes') return give()
      return refused(person.says === 'no' ? 'access_denied' : 'authorization_pending')
    },
  }
  server.on('request', async (request, response) => {
    const answer = answers[`${request.method} ${request.url}`]
    const [status, body] = (await answer?.(request)) ?? [404, {}]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  return {
    url,
    person,
    /** Somebody waits for the person. */
    polled: polled.promise,
    given: () => given,
  }
}
