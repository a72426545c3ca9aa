import { createServer } from 'node:http'
import { request } from 'node:https'
import { listening, loopback } from '../support/ports.ts'

/**
 * The deployed API at an address of its own: its name, `<id>.execute-api.localhost`, resolves on few
 * machines, so what comes here travels on over TLS with that name. Ends with `close`.
 */
export const openApiLine = async (gatewayUrl: string, apiId: string) => {
  const { port } = new URL(gatewayUrl)
  const host = `${apiId}.execute-api.localhost:${port}`
  const server = createServer((asked, answer) => {
    const { method, url: path } = asked
    const headers = { ...asked.headers, host }
    const onward = request(
      { host: loopback, servername: 'localhost', port, method, path, headers },
      (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers)
        answered.pipe(answer)
      },
    )
    // Whoever asked sees a connection that ends, as it would without this.
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  const ownPort = await listening(server)
  return {
    url: `http://${loopback}:${ownPort}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
