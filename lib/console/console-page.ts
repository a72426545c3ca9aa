import {
  type BehaviorOptions,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
} from 'aws-cdk-lib/aws-cloudfront'
import type { Construct } from 'constructs'
import { accountWideName } from '../account-wide.ts'

/**
 * Serves the console's page at every path that names no file; the page then shows what the path says. It
 * belongs only to the behaviour of the files. An error page of the distribution would also replace the API's
 * own 403 and 404.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/example_cloudfront_functions_url_rewrite_single_page_apps_section.html
 */
export const pageCode = `function handler(event) {
  var request = event.request
  var name = request.uri.split('/').pop()
  if (name.indexOf('.') === -1) request.uri = '/index.html'
  return request
}
`

/** The function, for the behaviour that serves the console's files. */
export const showsPage = (scope: Construct): NonNullable<BehaviorOptions['functionAssociations']> => [
  {
    eventType: FunctionEventType.VIEWER_REQUEST,
    function: new EdgeFunction(scope, 'Page', {
      functionName: accountWideName(scope),
      code: FunctionCode.fromInline(pageCode),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Shows the console at every address of its own',
    }),
  },
]
