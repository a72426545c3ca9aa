import type { RequestListener } from 'node:http'
import type { Clock } from '../clock.ts'
import type { createConsole } from '../console.ts'
import type { Resources } from '../declared.ts'
import type { FunctionSettings } from '../functions/function-host.ts'
import type { Functions } from '../functions/open-functions.ts'
import { isFromAnotherSite, isLocalHost } from '../host-check.ts'
import { localAccountId } from '../template/read-template.ts'
import type { TokenIssuer } from '../tokens/issuer.ts'
import { readHttpApi } from './from-template.ts'
import { createGateway } from './gateway.ts'
import { sendGatewayAnswer } from './response.ts'

type RequestHandler = (...exchange: Parameters<RequestListener>) => Promise<void>

type Needs = {
  issuer: TokenIssuer
  functions: Functions
  mayInvoke: (service: string, sourceArn: string, to: FunctionSettings) => boolean
  clock: Clock
  region: string
  requireToken: boolean
  /** Serves the console; absent: no console. */
  console?: ReturnType<typeof createConsole> | undefined
  warn: (line: string) => void
}

/**
 * Serves the template's HTTP API, the token issuer that its authorizer trusts, and the console, to requests
 * that name this machine.
 * @throws Error that names the route whose function is missing, or the feature that is not emulated.
 */
export const openHttpApi = (resources: Resources, needs: Needs): RequestListener => {
  const { issuer, functions, mayInvoke, clock, region, requireToken } = needs
  const api = readHttpApi(resources, [issuer.issuer])
  for (const route of api.routes) functions.find(route.functionArn)
  const gateway = createGateway({
    api,
    keys: issuer.keySet,
    clock,
    requireToken,
    invoke: async (route, event) => {
      const to = functions.find(route.functionArn)
      const sourceArn = `arn:aws:execute-api:${region}:${localAccountId}:${api.id}/${api.stage}/${route.key.replace(' ', '')}`
      if (!mayInvoke('apigateway.amazonaws.com', sourceArn, to.settings)) {
        needs.warn(`${to.settings.name} lets no API in for ${sourceArn}`)
        throw new Error('not permitted')
      }
      return to.invoke(event)
    },
  })
  const serve: RequestHandler = async (request, response) => {
    if (!isLocalHost(request) || isFromAnotherSite(request)) return sendGatewayAnswer(response, 'forbidden')
    const isServed = (await issuer.serve(request, response)) || (await needs.console?.(request, response))
    if (!isServed) await gateway(request, response)
  }
  return (request, response) => {
    // Only broken connections get here.
    serve(request, response).catch(() => response.destroy())
  }
}
