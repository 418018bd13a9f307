// The window of the agent for Aurora OS: what the person who carries the phone may know, which is everything. It decides nothing and
// sends nothing; the program writes the file that it shows, and starts it with that file's name.
//
// Never run on a phone: Sailfish.Silica is on phones and in the vendor's development kit alone. Only the syntax is checked.
import QtQuick 2.0
import Sailfish.Silica 1.0
import "pages"

ApplicationWindow {
    initialPage: Component { StatusPage {} }
    cover: undefined
}
