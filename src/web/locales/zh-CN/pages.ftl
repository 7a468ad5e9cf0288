# 每个页面四周的文字，以及登录、激活、事由。各室的文字在自己的文件里。

name = 安居
skip = 跳到正文
place = 所在区划
menu = 栏目
menu-account = 我的账号
sign-in = 登录
sign-out = 退出
undo = 撤销
next-page = 下一页
please-choose = 请选择
to-start = 回到首页
verify-log = 离线核对查阅记录
request-id = 请求编号

login = 登录名
password = 密码
new-password = 新密码
new-password-hint = 10 到 128 个字符，可用任何文字；常见密码和泄露过的密码不能用
one-time-code = 动态口令
one-time-code-hint = 验证器应用显示的六位数字，或者一个恢复码
have-a-code = 有激活码？从这里开始
activate = 激活账号
activate-lead = 激活码印在回执或邀请单上，用一次即失效。
activate-do = 激活
activation-code = 激活码
activation-code-hint = 大小写、空格和横线都不影响

matter = 正在办理的事由
matter-lead = 每次查阅和搜索都要说明目的、依据和事由编号，被查阅的人可以看到。选定后一直沿用，直到改选。
matter-now = 正在办理
matter-none = 选择正在办理的事由
matter-choose = 选择事由
matter-purpose = 查阅目的与依据
matter-case = 事由编号
matter-case-hint = 本单位的收件号或案卷号，例如 2026-0312
matter-do = 就办这件

role-system-administrator = 系统管理员
role-security-administrator = 安全管理员
role-clerk = 经办人
role-supervisor = 主管
role-landlord = 房东
role-resident = 居民
role-auditor = 审计员

said-activated = 账号已激活，请登录。

specimens = 页面部件

# 各室共用的词。
dwelling = 房屋
door-code = 门牌码
person-name = 姓名
phone = 电话
print = 打印
document-kind = 证件类型
document-kind-citizen-id = 居民身份证
document-kind-hk-macao-residence-permit = 港澳居民居住证
document-kind-taiwan-residence-permit = 台湾居民居住证
document-kind-foreign-permanent-residence = 外国人永久居留身份证
document-kind-passport = 护照
document-kind-birth-certificate = 出生医学证明
document-kind-other = 其他证件
report-kind-move-in = 入住
report-kind-move-out = 搬离
report-state-filed = 待审核
report-state-accepted = 已采纳
report-state-returned = 已退回
