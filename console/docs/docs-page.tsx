import 'swagger-ui-dist/swagger-ui.css'
import './docs.css'
import { useEffect, useRef } from 'react'
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'
import { tokenNow } from '../api/client.ts'
import { Page } from '../shell/page.tsx'

/** Only the own API is called, as the signed-in user. */
const settings = {
  url: '/openapi.json',
  validatorUrl: null,
  docExpansion: 'list' as const,
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: false,
  persistAuthorization: false,
  requestInterceptor: (request: { url: string; headers: Record<string, string> }) => {
    const token = tokenNow()
    if (token !== undefined && new URL(request.url, location.href).origin === location.origin)
      request.headers.authorization = `Bearer ${token}`
    return request
  },
}

/** Every operation of the API, to read and to try. */
export const DocsPage = () => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const domNode = place.current
    if (!domNode) return
    SwaggerUI({ ...settings, domNode })
    return () => domNode.replaceChildren()
  }, [])
  return (
    <Page title="API" description="What is tried here is done, in your name and with your permissions.">
      <div className="api-reference" ref={place} />
    </Page>
  )
}
