"""一家自行车公司，星期四下午。The same company's day, in China."""

from .shapes import Notice, Person, Say, Scene, Talk

PEOPLE = {
    "alice": Person("li.xiaowen", "李晓雯", face="alice"),
    "bob": Person("wang.jianguo", "王建国", face="bob", here=("web", "android")),
    "charlie": Person("chen.zhiyuan", "陈志远", face="charlie", here=("web",), away=True),
    "dora": Person("lin.jiayi", "林嘉怡", face="dora", here=("web",), kind="agent"),
    "emma": Person("zhou.min", "周敏", face="emma", here=("ios", "web")),
    "farid": Person("ma.tao", "马涛", until="11:40"),
    "grace": Person("xu.jing", "许静", face="grace", here=("android",), away=True),
    "hugo": Person("gao.feng", "高峰", face="hugo", until="13:52"),
    "ines": Person("tang.yue", "唐悦", here=("web",)),
    "jonas": Person("sun.haoran", "孙浩然", until="-1 18:05"),
    "mira": Person("he.lu", "何璐", face="mira", here=("web",), away=True),
    "olga": Person("liang.hong", "梁红", here=("web",)),
}

TALKS = {
    "bob": Talk(
        people=("alice", "bob"),
        said=(
            Say("bob", "-1 16:42", "供应商确认了：周一先到 240 副车架，其余的月底前到齐。"),
            Say("alice", "-1 16:44", "太好了，这样春季的订单就能按时发货。"),
            Say("bob", "09:02", "早！下午开会要用的数据快整理好了。"),
            Say("bob", "09:03", "仓库那边还差两个数字，我又催了一次：\nhttps://warehouse.example.com/reports?week=11"),
            Say("alice", "09:10", "不急，会议改到下午三点了。"),
            Say(
                "bob",
                "11:31",
                "数字齐了，退货率降到 2.1%。",
                key="returns",
                edited=("11:32", "数字齐了，退货率降到 2.1%，是历年来最好的二月。"),
            ),
            Say("alice", "11:33", "这个放在第一页，辛苦了！", answers="returns"),
            Say("bob", "13:48", "🎉"),
            Say("bob", "13:50", "开完会喝杯咖啡？想给你看看新货架的方案。"),
            Say("alice", "14:05", "好啊，四点半茶水间见。", read="bob 14:06"),
            Say("alice", "14:12", "我把图纸带上。"),
        ),
    ),
    "move": Talk(
        title="新仓库搬迁",
        people=("alice", "bob", "charlie", "grace", "hugo"),
        made="-2 10:05",
        joined={"ines": "09:30"},
        admins=("hugo",),
        pinned=True,
        said=(
            Say("hugo", "-1 15:20", "新仓库的钥匙拿到了，货梯周五早上八点验收。"),
            Say("alice", "-1 15:24", "谢谢高峰，那货架下周一就可以开始安装。"),
            Say("alice", "09:32", "欢迎唐悦！她负责安排货车路线。"),
            Say("ines", "09:34", "大家好 👋 明天中午前我先出一版方案。"),
            Say("charlie", "13:10", "C 排和 D 排之间的通道有多宽？", key="wide"),
            Say("grace", "13:16", "2.8 米，大叉车可以掉头，我试过了。", answers="wide"),
            Say("grace", "13:17", files={"hall": "新仓库 C 排.jpg"}),
            Say(
                "alice",
                "13:25",
                "很好，那就按图纸上的布局来。",
                key="layout",
                read="bob 13:27, grace 13:26, charlie 13:41, ines 13:25, hugo 13:50",
            ),
            Say("bob", "14:02", "发错群了", recalled="14:03"),
            Say("bob", "14:07", "@李晓雯 标签我可以下单了吗？一共 6000 张。"),
            Say("ines", "14:11", "第二辆货车定好了，周六早上七点半到。"),
        ),
    ),
    "dora": Talk(
        people=("alice", "dora"),
        said=(
            Say("alice", "-1 11:20", "请给那位生气的客户寄一个新鞍座，费用我们出。"),
            Say("dora", "-1 11:22", "已经寄了，他现在不生气了。", read="alice -1 11:25"),
            Say("dora", "14:15", "有空的时候看一下 4711 号工单？"),
        ),
    ),
    "lunch": Talk(
        title="午饭小分队",
        people=("bob", "alice", "charlie", "dora", "emma", "mira"),
        made="-9 11:00",
        said=(
            Say("bob", "11:02", "今天吃披萨吗？街角新开的店有露天座位。"),
            Say("charlie", "11:03", "算我一个，十二点半？"),
            Say("alice", "11:05", "十二点半可以 👍"),
            Say("dora", "11:06", "我要在客服台值班到一点，帮我点个玛格丽特好吗？"),
            Say("charlie", "11:07", "没问题，要大份的？"),
            Say("dora", "11:08", "还有别的尺寸吗？"),
            Say("bob", "11:10", "订了六人桌，报我的名字就行。"),
            Say("alice", "11:12", "我十二点二十五下楼。"),
            Say("mira", "13:31", "谁捡到一把蓝色的伞？是我的，很想它。"),
        ),
    ),
    "emma": Talk(
        people=("alice", "emma"),
        said=(
            Say("emma", "10:12", "新车型的照片到了，这两张我最喜欢："),
            Say("emma", "10:13", files={"bicycle": "追风 3 侧面.jpg", "hills": "追风 3 旅途.jpg"}),
            Say("alice", "10:20", "真漂亮！第二张放首页。", read="emma 10:20"),
            Say("emma", "10:26", files={"prices": "2026 年价格表.pdf", "colours": "颜色和尺码.csv"}),
            Say("emma", "10:27", "还有目前的预订情况：", files={"chart": "预订统计.png"}),
            Say("alice", "10:31", "看来红色要多备一些，真没想到！", read="emma 10:32"),
        ),
    ),
    "website": Talk(
        title="官网改版",
        people=("emma", "alice", "jonas", "mira", "farid"),
        made="-20 09:00",
        said=(
            Say("jonas", "-1 17:41", "新官网已经放到测试服务器上，中英文都有。"),
            Say("mira", "-1 17:48", "快多了！不过在手机上菜单挡住了官网的搜索框。"),
            Say("jonas", "-1 17:55", "看到了，明天修好。"),
            Say("farid", "09:50", "法务看过官网的条款了，没有意见。"),
            Say("emma", "09:58", "那就 24 号上线。🚀", read="alice 10:00"),
        ),
    ),
    "farid": Talk(
        people=("alice", "farid"),
        said=(
            Say("farid", "-1 10:02", "租约签好了，扫描件已经归档。"),
            Say("alice", "-1 10:09", "谢谢，这么快！", read="farid 10:15"),
        ),
    ),
    "support": Talk(
        title="客服台",
        people=("dora", "alice", "mira", "charlie"),
        made="-60 09:00",
        muted=True,
        said=(
            Say("mira", "-1 16:20", "今天有三个客户来问刹车召回，都很客气。"),
            Say("charlie", "-1 16:31", "给官网的回复写好了，见知识库。"),
        ),
    ),
    "grace": Talk(
        people=("alice", "grace"),
        said=(Say("alice", "-2 17:30", "明天仓库见，我带图纸过去。", read="grace -2 17:31"),),
    ),
    "hugo": Talk(
        people=("alice", "hugo"),
        said=(
            Say("alice", "-3 14:02", "第三排的消防没问题吧？", read="hugo -3 14:10"),
            Say("hugo", "-3 14:11", "没问题，再加两个安全出口标志就行。", read="alice -3 14:12"),
        ),
    ),
    "party": Talk(
        title="夏日聚会",
        people=("mira", "alice", "emma", "bob", "grace", "hugo", "jonas", "ines"),
        made="-30 12:00",
        said=(Say("mira", "-6 12:05", "7 月 4 号的游船订好了！一共 68 人，风雨无阻。", read="alice -6 12:30"),),
    ),
}

NOTICES = (
    Notice("-1 08:00", "info", "二月工资条", "已放入你的文件夹。", "/hr/payslips", read=True),
    Notice("-1 23:15", "success", "备份完成", "3 个数据库，共 42 GB，用时 11 分钟。", read=True),
    Notice("08:30", "warning", "证书将在 14 天后过期", "shop.zhuifeng.example"),
    Notice("12:01", "info", "出差申请已批准", "苏州，3 月 19 日至 20 日。", "/travel/311"),
    Notice("14:14", "urgent", "部署失败", "商城 4.2 在二号节点未能就绪，4.1 继续运行。", "/deploy/88"),
)

SCENE = Scene(
    language="zh",
    zone="Asia/Shanghai",
    people=PEOPLE,
    talks=TALKS,
    notices=NOTICES,
    words={
        "search": "官网",
        "pick": "许静, 唐悦",
        "find": "高",
        "group": "骑车上班日",
        "offline": "图纸打印好了，放在你桌上。",
        "draft": "我问一下许静再回复你",
        "photo": "货架.jpg",
        "plan": "平面图第二稿.pdf",
        "emoji": "心",
        "admin": "管理员",
        "newcomer": "方宁",
    },
)
