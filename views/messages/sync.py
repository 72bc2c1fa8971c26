"""Words for the faults of synchronisation, enrolment and attachments on their way."""

from __future__ import annotations

from resources.hq_messages import HQ_MESSAGES
from resources.translations import N_

MESSAGES: dict[str, str] = {
    **HQ_MESSAGES,
    # the line
    "hq-address": N_("总部地址不能用：{url}。请用 https:// 开头的地址。"),
    "hq-ca-missing": N_("读不到总部证书的签发者文件：{path}"),
    "hq-unreachable": N_("连不上总部，请检查网络。数据都已存本机，恢复后会自动同步。"),
    "hq-timeout": N_("总部迟迟没有答复，稍后会自动再试。"),
    "hq-certificate": N_(
        "总部的证书不可信，没有发送任何数据。请用总部启动时显示的完整地址（带 #sha256=），或联系总部管理员。"
    ),
    "hq-not-tls": N_(
        "这个地址上答复的没有用加密连接（不是 https），没有发送任何数据。"
        "总部就在本机时请用 http:// 开头的地址，否则请检查地址和端口，或联系总部管理员。"
    ),
    "hq-wants-tls": N_("总部用的是加密连接，没有登记。请用总部启动时显示的 https:// 开头的完整地址。"),
    "hq-silent": N_("总部没有答复就断开了，稍后会自动再试。"),
    "hq-cut": N_("总部的答复不完整，稍后会自动再试。"),
    "hq-foreign": N_("答复的不是总部（状态 {status}）。可能需要先登录网络，或地址有误。"),
    "hq-error": N_("总部出错（{status}），稍后会自动再试（编号 {request_id}）。"),
    "desk-too-fast": N_("请求太频繁，总部请本机 {seconds} 秒后再试。"),
    "body-slow": N_("上传太慢，稍后会分小再送。"),
    "token-invalid": N_("换新的凭证没有被接受，旧的仍然有效。"),
    "hq-busy": N_("总部正忙，稍后会自动再试。"),
    "hq-disk-full": N_("总部的磁盘已满，数据都已存本机，总部腾出空间后会自动同步。"),
    "hq-read-only": N_("总部的数据不能写入（只读），数据都已存本机，恢复后会自动同步。"),
    "hq-database-down": N_("总部的数据库暂时停了，数据都已存本机，恢复后会自动同步。"),
    "hq-rebase": N_("总部恢复过数据，正在重新核对。"),
    "request-invalid": N_("总部不认识这个请求，请检查总部地址和版本。"),
    "body-invalid": N_("总部读不懂这次发送的内容，请升级程序。"),
    "body-type": N_("总部读不懂这次发送的内容，请升级程序。"),
    "body-encoding": N_("总部读不懂这次发送的内容，请升级程序。"),
    "body-too-large": N_("这次发送的内容太大，稍后会分小再送。"),
    # who this desk is
    "not-enrolled": N_("本机还没有接入总部，数据只存在本机。"),
    "token-lost": N_("接入凭证丢失，请向总部要一个新的登记码重新接入。本机数据都在。"),
    "token-unknown": N_("总部不认识本机的接入凭证，请用新的登记码重新接入。本机数据都在。"),
    "desk-revoked": N_("总部已停用本前台（{desk}），数据只存在本机。请联系总部管理员。"),
    "desk-forked": N_("这份数据是复制或恢复来的，请用新的登记码重新接入，成为一个新前台。"),
    "desk-too-old": N_("本机程序版本太旧，总部不再支持，请升级。数据都已存本机。"),
    "desk-too-new": N_("总部程序比本机旧，请等总部升级。数据都已存本机。"),
    "enrol-hq-unreachable": N_("连不上总部，没有登记。请检查网络和总部地址，再试一次。"),
    "enrol-hq-timeout": N_("总部迟迟没有答复，没有登记，请再试一次。"),
    "enrol-hq-silent": N_("总部没有答复就断开了，没有登记，请再试一次。"),
    "enrol-hq-cut": N_("总部的答复不完整，请用同一个登记码再试一次。"),
    "enrol-hq-error": N_("总部出错（{status}），没有登记，请再试一次（编号 {request_id}）。"),
    "enrol-hq-busy": N_("总部正忙，没有登记，请稍后再试一次。"),
    "enrol-hq-disk-full": N_("总部的磁盘已满，没有登记，请联系总部管理员。"),
    "enrol-hq-read-only": N_("总部的数据不能写入（只读），没有登记，请联系总部管理员。"),
    "enrol-hq-database-down": N_("总部的数据库暂时停了，没有登记，请稍后再试一次。"),
    "enrol-code-wrong": N_("登记码不对，请核对后再输。"),
    "enrol-code-used": N_("这个登记码已经用过，请向总部要一个新的。"),
    "enrol-code-expired": N_("登记码已过期，请向总部要一个新的。"),
    "enrol-too-many": N_("输错次数过多，请在 {seconds} 秒后再试。"),
    "enrol-other-site": N_("本机数据属于“{known}”，不能接入“{site}”。"),
    "enrol-while-syncing": N_("正在与总部同步，请等这一轮结束后再接入（登记码没有用掉）。"),
    "site-full": N_("这个项目的前台已达上限（{limit} 个）。"),
    # the round
    "sync-busy": N_("另一个程序正在同步。"),
    "sync-mass-deletion": N_("总部要删除“{table}”中 {total} 条里的 {count} 条，已暂停。请确认后再继续。"),
    "conflict-settled": N_("这条冲突已经处理过了。"),
    "conflict-moved": N_("“{field}”后来又改过，请先看现在的值再决定。"),
    "conflict-unknown-field": N_("本机程序不认识字段“{field}”，请升级后再处理。"),
    # why a change was refused
    "unknown-table": N_("总部程序还不认识这类数据，升级后会自动再送。"),
    "bad-value": N_("内容不合规定，总部没有接受。"),
    "row-missing": N_("总部没有这条记录，会整条再送。"),
    "history-fixed": N_("历史记录不能修改。"),
    # attachments
    "blob-unknown": N_("总部还没有这个附件的内容，请等上传的前台联网。"),
    "blob-missing": N_("附件的内容在本机找不到了。"),
    "blob-damaged": N_("附件的内容已损坏。"),
    "blob-stopped": N_("已停止下载，下次会接着下。"),
    "blob-too-large": N_("附件太大，总部没有接受。"),
    "blob-quota": N_("本项目在总部的附件空间已用完，附件存在本机，总部扩大空间后会自动上传。"),
    "blob-invalid": N_("附件编号不对。"),
    "blob-gap": N_("附件上传中断，稍后会自动接着传。"),
    "snapshot-gone": N_("总部备好的数据已更新，会自动重新下载。"),
}
