"""A maker of bicycles in England, on a Thursday afternoon."""

from .shapes import Notice, Person, Say, Scene, Talk

PEOPLE = {
    "alice": Person("alice.martin", "Alice Martin", face="alice"),
    "bob": Person("bob.keller", "Bob Keller", face="bob", here=("web", "android")),
    "charlie": Person("charlie.novak", "Charlie Novak", face="charlie", here=("web",), away=True),
    "dora": Person("dora.lindqvist", "Dora Lindqvist", face="dora", here=("web",), kind="agent"),
    "emma": Person("emma.okafor", "Emma Okafor", face="emma", here=("ios", "web")),
    "farid": Person("farid.haddad", "Farid Haddad", until="11:40"),
    "grace": Person("grace.chen", "Grace Chen", face="grace", here=("android",), away=True),
    "hugo": Person("hugo.brandt", "Hugo Brandt", face="hugo", until="13:52"),
    "ines": Person("ines.duarte", "Inês Duarte", here=("web",)),
    "jonas": Person("jonas.weber", "Jonas Weber", until="-1 18:05"),
    "mira": Person("mira.patel", "Mira Patel", face="mira", here=("web",), away=True),
    "olga": Person("olga.petrova", "Olga Petrova", here=("web",)),
}

TALKS = {
    "bob": Talk(
        people=("alice", "bob"),
        said=(
            Say("bob", "-1 16:42", "The supplier confirmed: 240 frames on Monday, the rest by the end of the month."),
            Say("alice", "-1 16:44", "Good, then the spring orders go out in time."),
            Say("bob", "09:02", "Morning, Alice! The figures for this afternoon are nearly done."),
            Say(
                "bob",
                "09:03",
                "Two numbers from the warehouse are missing. I asked them again:\n"
                "https://warehouse.example.com/reports?week=11",
            ),
            Say("alice", "09:10", "No hurry, the meeting moved to 15:00."),
            Say(
                "bob",
                "11:31",
                "They are in. Returns fell to 2.1 %.",
                key="returns",
                edited=("11:32", "They are in. Returns fell to 2.1 %, the best February we ever had."),
            ),
            Say("alice", "11:33", "That goes on the first slide. Thank you!", answers="returns"),
            Say("bob", "13:48", "🎉"),
            Say("bob", "13:50", "Coffee after the meeting? I'd like to show you the plan for the new shelves."),
            Say("alice", "14:05", "Gladly. In the kitchen at half past four.", read="bob 14:06"),
            Say("alice", "14:12", "I'll bring the drawings."),
        ),
    ),
    "move": Talk(
        title="Warehouse move",
        people=("alice", "bob", "charlie", "grace", "hugo"),
        made="-2 10:05",
        joined={"ines": "09:30"},
        admins=("hugo",),
        pinned=True,
        said=(
            Say("hugo", "-1 15:20", "Keys for the new hall are here. The lift is inspected on Friday at 8."),
            Say("alice", "-1 15:24", "Thank you, Hugo. Then the racks can go up from Monday on."),
            Say("alice", "09:32", "Welcome, Inês! Inês plans the routes of the lorries."),
            Say("ines", "09:34", "Hello everybody 👋 I'll have a first plan by tomorrow noon."),
            Say("charlie", "13:10", "How wide is the passage between rows C and D?", key="wide"),
            Say("grace", "13:16", "2.80 m. The big forklift turns there, I tried it.", answers="wide"),
            Say("grace", "13:17", files={"hall": "hall, row C.jpg"}),
            Say(
                "alice",
                "13:25",
                "Perfect. Then we keep the layout as it is drawn.",
                key="layout",
                read="bob 13:27, grace 13:26, charlie 13:41, ines 13:25, hugo 13:50",
            ),
            Say("bob", "14:02", "wrong chat, sorry", recalled="14:03"),
            Say("bob", "14:07", "@Alice Martin may I order the labels, 6,000 pieces?"),
            Say("ines", "14:11", "The second lorry is confirmed for Saturday, 7:30."),
        ),
    ),
    "dora": Talk(
        people=("alice", "dora"),
        said=(
            Say("alice", "-1 11:20", "Please send the angry customer a new saddle. It's on us."),
            Say("dora", "-1 11:22", "Done. He is not angry any more.", read="alice -1 11:25"),
            Say("dora", "14:15", "Could you look at ticket 4711 when you have a minute?"),
        ),
    ),
    "lunch": Talk(
        title="Lunch",
        people=("bob", "alice", "charlie", "dora", "emma", "mira"),
        made="-9 11:00",
        said=(
            Say("bob", "11:02", "Pizza today? The new place at the corner has tables outside."),
            Say("charlie", "11:03", "I'm in. 12:30?"),
            Say("alice", "11:05", "12:30 is good 👍"),
            Say("dora", "11:06", "I'm on the support desk until one. Order me a margherita, please?"),
            Say("charlie", "11:07", "Will do. Large?"),
            Say("dora", "11:08", "Is there any other size?"),
            Say("bob", "11:10", "Table for six, booked under my name."),
            Say("alice", "11:12", "On my way down at 12:25."),
            Say("mira", "13:31", "Whoever found a blue umbrella: it's mine, and I miss it."),
        ),
    ),
    "emma": Talk(
        people=("alice", "emma"),
        said=(
            Say("emma", "10:12", "The photos of the new model are here. These two are my favourites:"),
            Say("emma", "10:13", files={"bicycle": "Swift 3, side.jpg", "hills": "Swift 3, on tour.jpg"}),
            Say("alice", "10:20", "Beautiful! The second one for the front page.", read="emma 10:20"),
            Say("emma", "10:26", files={"prices": "Prices 2026.pdf", "colours": "Colours and sizes.csv"}),
            Say("emma", "10:27", "And how the pre-orders went so far:", files={"chart": "Pre-orders.png"}),
            Say("alice", "10:31", "More red ones, then. Who would have thought!", read="emma 10:32"),
        ),
    ),
    "website": Talk(
        title="Website relaunch",
        people=("emma", "alice", "jonas", "mira", "farid"),
        made="-20 09:00",
        said=(
            Say("jonas", "-1 17:41", "The new website is on the test server, in both languages."),
            Say("mira", "-1 17:48", "Much faster! On my phone the menu covers the website's search, though."),
            Say("jonas", "-1 17:55", "Seen, fixed tomorrow."),
            Say("farid", "09:50", "Legal has read the website's terms: no objections."),
            Say("emma", "09:58", "Then we go live on the 24th. 🚀", read="alice 10:00"),
        ),
    ),
    "farid": Talk(
        people=("alice", "farid"),
        said=(
            Say("farid", "-1 10:02", "The lease is signed, the scan is in the archive."),
            Say("alice", "-1 10:09", "Thank you, Farid. That was quick.", read="farid 10:15"),
        ),
    ),
    "support": Talk(
        title="Support desk",
        people=("dora", "alice", "mira", "charlie"),
        made="-60 09:00",
        muted=True,
        said=(
            Say("mira", "-1 16:20", "Three calls about the brake recall today, all friendly."),
            Say("charlie", "-1 16:31", "The answer for the website is written, see the wiki."),
        ),
    ),
    "grace": Talk(
        people=("alice", "grace"),
        said=(Say("alice", "-2 17:30", "See you at the hall tomorrow, I bring the plans.", read="grace -2 17:31"),),
    ),
    "hugo": Talk(
        people=("alice", "hugo"),
        said=(
            Say("alice", "-3 14:02", "Is the fire protection all right with the third row?", read="hugo -3 14:10"),
            Say("hugo", "-3 14:11", "Yes, they want two more exit signs and that is all.", read="alice -3 14:12"),
        ),
    ),
    "party": Talk(
        title="Summer party",
        people=("mira", "alice", "emma", "bob", "grace", "hugo", "jonas", "ines"),
        made="-30 12:00",
        said=(Say("mira", "-6 12:05", "The boat is ours on 4 July! 68 people, rain or shine.", read="alice -6 12:30"),),
    ),
}

NOTICES = (
    Notice("-1 08:00", "info", "Payslips for February", "They are in your folder.", "/hr/payslips", read=True),
    Notice("-1 23:15", "success", "Backup finished", "All 3 databases, 42 GB, in 11 minutes.", read=True),
    Notice("08:30", "warning", "The certificate expires in 14 days", "shop.marlow.example"),
    Notice("12:01", "info", "Your travel request is approved", "Eindhoven, 19 and 20 March.", "/travel/311"),
    Notice(
        "14:14", "urgent", "Deployment failed", "Shop 4.2 is not ready on node two; 4.1 keeps running.", "/deploy/88"
    ),
)

SCENE = Scene(
    language="en",
    zone="Europe/London",
    people=PEOPLE,
    talks=TALKS,
    notices=NOTICES,
    words={
        "search": "web",
        "pick": "Grace, Inês",
        "find": "d",
        "group": "Bike to work day",
        "offline": "The drawings are printed, they lie on your desk.",
        "draft": "I'll ask Grace and tell you",
        "photo": "Shelves.jpg",
        "plan": "Floor plan, second draft.pdf",
        "emoji": "heart",
        "admin": "Admin",
        "newcomer": "Sam Taylor",
    },
)
