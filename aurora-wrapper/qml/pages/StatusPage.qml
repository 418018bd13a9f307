// Verdict, rules with their deadlines, the last report, and what is never read. Never run on a phone.
import QtQuick 2.0
import Sailfish.Silica 1.0
import "../status.js" as Status

Page {
    id: page

    property string language: Qt.locale().name.substring(0, 2) === "ru" ? "ru" : "en"
    property var shown: ({ "status": null, "failed": null })
    property real opened: 0
    property var sections: Status.sections(shown, language)

    function load() {
        Status.read(Status.file(Qt.application.arguments), function (read) {
            page.opened = Date.now()
            page.shown = read
        })
    }

    allowedOrientations: Orientation.All
    Component.onCompleted: load()

    SilicaListView {
        anchors.fill: parent
        model: page.sections

        header: PageHeader {
            title: Status.say("title", page.language)
            description: Status.standing(page.shown, page.language)
        }

        footer: Column {
            width: parent.width
            spacing: Theme.paddingLarge

            Button {
                anchors.horizontalCenter: parent.horizontalCenter
                visible: !!page.shown.page
                text: Status.say("open", page.language)
                // the link works once, for five minutes: after that the window is opened anew
                onClicked: {
                    var link = Status.page(page.shown, page.opened, Date.now())
                    page.shown = { "status": page.shown.status, "failed": page.shown.failed }
                    if (link) Qt.openUrlExternally(link)
                }
            }
        }

        delegate: Column {
            width: parent.width
            spacing: Theme.paddingSmall

            SectionHeader { text: modelData.title }

            Repeater {
                model: modelData.lines

                delegate: Label {
                    x: Theme.horizontalPageMargin
                    width: page.width - 2 * Theme.horizontalPageMargin
                    wrapMode: Text.Wrap
                    // a report may hold a name that looks like markup
                    textFormat: Text.PlainText
                    text: modelData.text
                    color: modelData.grave ? Theme.errorColor : modelData.quiet ? Theme.secondaryColor : Theme.primaryColor
                    font.pixelSize: modelData.quiet ? Theme.fontSizeSmall : Theme.fontSizeMedium
                }
            }
        }

        VerticalScrollDecorator {}
    }
}
