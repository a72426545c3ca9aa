// Uses the generated client as a program would: arguments are the API's address, a token, and a dock's serial number.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"contract/groundcrew"
)

func main() {
	url, token, dock := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	client, stranger := as(url, token), as(url, "none")

	docks, err := client.ListDocksWithResponse(ctx, nil)
	must(err == nil && len(docks.JSON200.Items) == 1 && docks.JSON200.Items[0].DockSn == dock, docks, err)

	refused, err := stranger.ListDocksWithResponse(ctx, nil)
	must(err == nil && refused.StatusCode() == 401 && refused.JSON401 != nil, refused, err)

	unfit, err := client.StartUploadWithResponse(ctx, dock, nil, upload())
	must(err == nil && unfit.StatusCode() == 422, unfit, err)
	must((*unfit.ApplicationproblemJSON422.Errors)[0].Path == "selections[0].bootIndexes", unfit, nil)

	begun, err := client.StartUploadWithResponse(ctx, dock, nil, upload(1))
	must(err == nil && begun.StatusCode() == 202, begun, err)

	busy, err := client.StartUploadWithResponse(ctx, dock, nil, upload(1))
	must(err == nil && busy.StatusCode() == 409, busy, err)
	must(strings.Contains(*busy.ApplicationproblemJSON409.Href, begun.JSON202.Id), busy, nil)
	fmt.Println("done")
}

func as(url, token string) *groundcrew.ClientWithResponses {
	client, err := groundcrew.NewClientWithResponses(url, groundcrew.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+token)
			return nil
		}))
	must(err == nil, client, err)
	return client
}

func upload(boots ...int64) groundcrew.UploadInput {
	if boots == nil {
		boots = []int64{}
	}
	var selection groundcrew.UploadInput_Selections_Item
	err := selection.FromUploadInputSelections0(groundcrew.UploadInputSelections0{
		BootIndexes: boots,
		Module:      groundcrew.UploadInputSelections0ModuleDock,
	})
	must(err == nil, selection, err)
	return groundcrew.UploadInput{Selections: []groundcrew.UploadInput_Selections_Item{selection}}
}

func must(holds bool, answer any, err error) {
	if !holds {
		panic(fmt.Sprintf("%+v %v", answer, err))
	}
}
