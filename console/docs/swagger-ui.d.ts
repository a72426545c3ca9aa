declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Sent = { url: string; headers: Record<string, string> }

  /** https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ */
  const SwaggerUI: (settings: {
    url: string
    domNode: HTMLElement
    validatorUrl: string | null
    docExpansion: 'list' | 'full' | 'none'
    defaultModelsExpandDepth: number
    filter: boolean
    tryItOutEnabled: boolean
    persistAuthorization: boolean
    requestInterceptor: (request: Sent) => Sent
  }) => void
  export default SwaggerUI
}
