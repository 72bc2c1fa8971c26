"""Surnames whose reading as a surname is not the everyday one, and surnames of two characters and more.

Only characters of several readings are listed: those a dictionary of everyday words gets wrong, or gets
right by luck. Where a family may say it in two ways (覃 qín or tán) the commoner is named here; both are
found, because every reading of a character is searched. Readings carry tone marks, one syllable a character.
"""

from __future__ import annotations

_SINGLE = """
单 shàn 仇 qiú 解 xiè 查 zhā 区 ōu 翟 zhái 曾 zēng 盖 gě 卜 bǔ 朴 piáo 尉 wèi 缪 miào 覃 qín 种 chóng
乐 yuè 员 yùn 召 shào 宓 mì 冼 xiǎn 洗 xiǎn 任 rén 华 huà 甯 nìng 那 nā 能 nài 黑 hè 折 shé 纪 jǐ
葛 gě 过 guō 哈 hǎ 令 lìng 撒 sǎ 晟 chéng 隗 wěi 郇 xún 郗 xī 祭 zhài 车 chē 句 gōu 阚 kàn 盛 shèng
石 shí 沈 shěn 殷 yīn 余 yú 於 yū 臧 zāng 藏 zāng 占 zhān 褚 chǔ 幺 yāo 么 yāo 俞 yú 逄 páng 贲 bēn
秘 bì 薄 bó 柏 bǎi 伯 bó 晁 cháo 贾 jiǎ 瞿 qú 冉 rǎn 阮 ruǎn 芮 ruì 莘 shēn 寻 xún 眭 suī 冯 féng
逯 lù 陆 lù 牟 mù 乜 niè 粘 nián 繁 pó 蒲 pú 溥 pǔ 戚 qī 漆 qī 长 zhǎng 相 xiàng 行 xíng 咸 xián
羡 xiàn 燕 yān 要 yāo 叶 yè 笮 zé 万 wàn 少 shào 六 lù 谷 gǔ 观 guàn 冠 guàn 莞 guǎn 炅 guì 炔 guì
郝 hǎo 和 hé 藉 jí 嵇 jī 稽 jī 降 jiàng 角 jué 圈 juàn 隽 juàn 空 kòng 累 lěi 冒 mào 没 mò 靡 mí
难 nìng 佴 nài 且 jū 若 ruò 塞 sài 色 sè 沙 shā 莎 shā 宿 sù 提 tí 调 diào 拓 tuò 校 xiào 颉 xié 系 xì
血 xuè 数 shù 重 chóng 卒 zú 干 gān 会 guì 强 qiáng 瘳 chōu 都 dū 堵 dǔ 度 dù 顿 dùn 方 fāng 甫 fǔ
佛 fó 估 gǔ 巷 xiàng 红 hóng 将 jiàng 景 jǐng 鞠 jū 匡 kuāng 勒 lè 墨 mò 母 mǔ 平 píng 汪 wāng 尾 wěi
毋 wú 郄 qiè 邢 xíng 幸 xìng 芋 yù 苑 yuàn 辟 pì 柴 chái 啜 chuài 宁 níng
"""

_COMPOUND = """
尉迟 yù-chí 万俟 mò-qí 澹台 tán-tái 长孙 zhǎng-sūn 单于 chán-yú 令狐 líng-hú 鲜于 xiān-yú 宰父 zǎi-fǔ
诸葛 zhū-gě 皇甫 huáng-fǔ 司马 sī-mǎ 上官 shàng-guān 欧阳 ōu-yáng 夏侯 xià-hóu 东方 dōng-fāng 赫连 hè-lián
公羊 gōng-yáng 公冶 gōng-yě 宗政 zōng-zhèng 濮阳 pú-yáng 淳于 chún-yú 太叔 tài-shū 申屠 shēn-tú
公孙 gōng-sūn 仲孙 zhòng-sūn 轩辕 xuān-yuán 钟离 zhōng-lí 宇文 yǔ-wén 慕容 mù-róng 闾丘 lǘ-qiū 司徒 sī-tú
司空 sī-kōng 亓官 qí-guān 丌官 jī-guān 司寇 sī-kòu 仉督 zhǎng-dū 子车 zǐ-jū 颛孙 zhuān-sūn 端木 duān-mù
巫马 wū-mǎ 公西 gōng-xī 漆雕 qī-diāo 乐正 yuè-zhèng 壤驷 rǎng-sì 公良 gōng-liáng 拓跋 tuò-bá 拓拔 tuò-bá
夹谷 jiá-gǔ 谷梁 gǔ-liáng 穀梁 gǔ-liáng 段干 duàn-gān 百里 bǎi-lǐ 东郭 dōng-guō 南门 nán-mén 呼延 hū-yán
羊舌 yáng-shé 微生 wēi-shēng 梁丘 liáng-qiū 左丘 zuǒ-qiū 东门 dōng-mén 西门 xī-mén 南宫 nán-gōng
谯笪 qiáo-dá 第五 dì-wǔ 独孤 dú-gū 纳兰 nà-lán 完颜 wán-yán 叶赫 yè-hè 那拉 nà-lā 耶律 yē-lǜ 贺兰 hè-lán
贺若 hè-ruò 豆卢 dòu-lú 达奚 dá-xī 斛律 hú-lǜ 哥舒 gē-shū 库狄 shè-dí 屈突 qū-tū 莫折 mò-shé 范姜 fàn-jiāng
陆费 lù-bì 张简 zhāng-jiǎn 佘佴 shé-nài 佴佘 nài-shé 闻人 wén-rén 缑亢 gōu-kàng 况后 kuàng-hòu
伯赏 bó-shǎng 阳佟 yáng-tóng 归海 guī-hǎi 晋楚 jìn-chǔ 汝鄢 rǔ-yān 涂钦 tú-qīn 仆固 pú-gù 秃发 tū-fà
尔朱 ěr-zhū 步六孤 bù-liù-gū 侯莫陈 hóu-mò-chén 吐谷浑 tǔ-yù-hún 钮祜禄 niǔ-hù-lù 赫舍里 hè-shè-lǐ
爱新觉罗 ài-xīn-jué-luó
"""


def _pairs(table: str) -> dict[str, tuple[str, ...]]:
    words = table.split()
    return {name: tuple(reading.split("-")) for name, reading in zip(words[::2], words[1::2], strict=True)}


SINGLE: dict[str, str] = {name: reading[0] for name, reading in _pairs(_SINGLE).items()}
"""One character → its reading as a surname."""

COMPOUND: dict[str, tuple[str, ...]] = _pairs(_COMPOUND)
"""Two to four characters → their readings as a surname, one a character."""

LONGEST = max(map(len, COMPOUND))
_LONGEST_PERSON = 4
"""A name of more characters with a one-character surname is hardly a person's."""


def surname_readings(name: str) -> tuple[str, ...]:
    """The readings of the surname ``name`` begins with, one a character; empty where nothing is special."""
    for length in range(min(LONGEST, len(name)), 1, -1):
        readings = COMPOUND.get(name[:length])
        if readings is not None:
            return readings
    single = SINGLE.get(name[:1])
    return (single,) if single is not None and len(name) <= _LONGEST_PERSON else ()
