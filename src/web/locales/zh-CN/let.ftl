# 房东、用人单位、中介、物业在手机上用的页面。

menu-let = 我的房屋
menu-let-reports = 申报与回执
menu-let-sheet = 批量申报

let = 我的房屋
let-move-in = 申报入住
let-move-out = 申报搬离
let-none = 还没有登记由您负责的房屋
let-none-next = 请带上证件和房屋材料到居委会，由经办人把房屋登记到您名下。
let-returned = { $count } 份申报被退回，请改好后再报
let-file-until = 您的档案将于{ $day }删除。

let-reports = 申报与回执
let-reports-lead = 这里是您申报过的内容。居委会审核后登记，并告知本人。
let-no-reports = 还没有申报
let-no-reports-next = 有人入住或搬离后，在“我的房屋”里申报。
let-receipt = 回执
let-state = 状态
let-kind = 类型
let-filed-at = 申报时间
let-decided-at = 处理时间
let-returned-because = 退回原因
let-again = 再次申报
let-again-lead = 已带入上次填写的姓名和日期。证件号码和电话在退回时已删除，请重新填写。
let-next-filed = 居委会正在审核。打电话询问时，请报回执编号。
let-next-accepted = 居委会已采纳并登记，也已告知本人。您无需再办。
let-next-returned = 请按退回原因改好，再次申报。

let-person = 第 { $number } 位
let-document-number = 证件号码
let-document-hint = 可以不填；看过证件的，请照着填
let-more-about = 其他证件、电话
let-optional = 可以不填
let-add-person = 再加一位
let-who-leaves = 谁搬离了？
let-somebody-else = 名单里没有的人
let-moved-in = { $day }入住
let-moved-in-on = 入住日期
let-moved-out-on = 搬离日期
let-moved-out-hint = 不再居住的第一天
let-lease-until = 租期至
let-what-happens = 申报后由居委会审核，本人会收到告知，并可以提出异议。
let-file = 申报

let-door = 门牌上的二维码
let-door-landlord = 这个门牌码不在您负责的房屋中。请核对门牌码；如果这户房屋由您负责，请联系居委会登记到您名下。
let-door-resident = 这个二维码供房东和用人单位申报用。您可以在自己的页面说明何时入住、何时搬离。
let-door-clerk = 这个二维码供房东和用人单位申报用。请在工作页面按门牌码查找。
let-door-supervisor = 这个二维码供房东和用人单位申报用。请在工作页面按门牌码查找。
let-door-auditor = 这个二维码供房东和用人单位申报用。
let-door-system-administrator = 这个二维码供房东和用人单位申报用。
let-door-security-administrator = 这个二维码供房东和用人单位申报用。
let-door-to-own = 我的居住登记

let-sheet = 批量申报
let-sheet-lead = 一次申报一张表，最多 500 行，全部成功才算数。同一张表再交一次，不会重复申报。
let-sheet-one = 第一行写列名：
let-sheet-two = 门牌码、类型（入住或搬离）、姓名、日期必须有，其他列可以没有。
let-sheet-three = 从表格软件中选中全部内容复制，粘贴到下面。
let-sheet-file = 选择 CSV 文件
let-sheet-file-hint = 文件只在这台设备上读入下面的框，核对后再提交
let-sheet-rows = 表格内容
let-sheet-do = 申报全部
let-sheet-row = 第 { $row } 行
let-sheet-filed = 已申报 { $filed } 份，此前已申报过 { $known } 份。
let-sheet-dropped = “{ $header }”一列不属于登记的内容，没有读取。
let-sheet-ignored = “{ $header }”一列不认识，没有读取。
let-sheet-example = 例子
let-sheet-example-rows =
    门牌码,类型,姓名,日期,租期至
    7K3M-4ACE,入住,王小明,2026-11-20,2027-11-19
    7K3M-4ACE,搬离,李娜,2026-11-19,
let-column-door_code = 门牌码
let-column-kind = 类型
let-column-name = 姓名
let-column-document_kind = 证件类型
let-column-document_number = 证件号码
let-column-phone = 电话
let-column-moved_on = 日期
let-column-lease_until = 租期至
let-column-cells = 整行

said-let-filed = 已申报，回执在下面。
said-let-filed-all = 已全部申报，每人一份回执，在下面。
