"""Names of the invented prefecture in both languages, and the words its databases use."""

from dataclasses import dataclass
from typing import Final

CITY_CODE: Final = "LJ"
CITY_ZH: Final = "临江"
CITY_EN: Final = "Linjiang"
URBAN, RURAL, REMOTE = 0, 1, 2
AREA_CLASSES: Final = ("urban", "rural", "remote")
AREA_WORDS: Final = ("城区", "农村", "特殊边远地区")


@dataclass(frozen=True)
class Station:
    zh: str
    en: str
    area_class: int
    feeders: tuple[tuple[str, str], ...]  # feeders whose name is known; the rest is drawn


@dataclass(frozen=True)
class County:
    code: str
    zh: str
    en: str
    stations: tuple[Station, ...]


def _station(zh: str, en: str, area_class: int, *feeders: tuple[str, str]) -> Station:
    return Station(zh, en, area_class, feeders or ((zh, en),))


COUNTIES: Final = (
    County("LJ01", "江城", "Jiangcheng", (
        _station("城东", "Chengdong", URBAN, ("东湖", "Donghu"), ("城东", "Chengdong")),
        _station("城西", "Chengxi", URBAN), _station("滨江", "Binjiang", URBAN),
        _station("南门", "Nanmen", URBAN), _station("东湖", "Donghu", URBAN, ("湖滨", "Hubin")),
    )),
    County("LJ02", "江北", "Jiangbei", (
        _station("北渡", "Beidu", URBAN), _station("开发区", "Dev. Zone", URBAN, ("科技", "Keji")),
        _station("柳林", "Liulin", RURAL), _station("新港", "Xingang", RURAL),
    )),
    County("LJ03", "青桥", "Qingqiao", (
        _station("青桥", "Qingqiao", URBAN), _station("石桥", "Shiqiao", RURAL),
        _station("马庄", "Mazhuang", RURAL), _station("杨店", "Yangdian", RURAL),
    )),
    County("LJ04", "临湖", "Linhu", (
        _station("大圩", "Daxu", RURAL), _station("湖口", "Hukou", RURAL),
        _station("莲塘", "Liantang", RURAL), _station("中洲", "Zhongzhou", REMOTE),
    )),
    County("LJ05", "南渡", "Nandu", (
        _station("南渡", "Nandu", URBAN), _station("沙湾", "Shawan", RURAL),
        _station("渔港", "Yugang", RURAL), _station("芦港", "Lugang", RURAL),
    )),
    County("LJ06", "石坪", "Shiping", (
        _station("石坪", "Shiping", RURAL), _station("黄泥", "Huangni", RURAL),
        _station("松坑", "Songkeng", REMOTE), _station("竹山", "Zhushan", REMOTE),
    )),
    County("LJ07", "白石", "Baishi", (
        _station("白石", "Baishi", URBAN), _station("采石", "Caishi", RURAL, ("采石", "Caishi"), ("矿山", "Kuangshan")),
        _station("荷塘", "Hetang", RURAL),
    )),
    County("LJ08", "云岭", "Yunling", (
        _station("云岭", "Yunling", RURAL), _station("高坪", "Gaoping", REMOTE, ("茶场", "Chachang")),
        _station("雾岭", "Wuling", REMOTE),
    )),
    County("LJ09", "双溪", "Shuangxi", (
        _station("上溪", "Shangxi", RURAL), _station("下溪", "Xiaxi", RURAL), _station("梅岭", "Meiling", REMOTE),
    )),
)  # fmt: skip

_FIRST: Final = (
    ("春", "Chun"), ("新", "Xin"), ("长", "Chang"), ("永", "Yong"), ("金", "Jin"), ("福", "Fu"),
    ("安", "An"), ("丰", "Feng"), ("兴", "Xing"), ("明", "Ming"), ("清", "Qing"), ("瑞", "Rui"),
)  # fmt: skip
_SECOND: Final = (
    ("光", "guang"), ("华", "hua"), ("和", "he"), ("康", "kang"), ("源", "yuan"), ("泰", "tai"),
    ("达", "da"), ("林", "lin"), ("田", "tian"), ("泉", "quan"), ("岗", "gang"), ("塘", "tang"),
)  # fmt: skip
DRAWN_FEEDERS: Final = tuple((a + b, x + y) for b, y in _SECOND for a, x in _FIRST)

SURNAMES: Final = tuple("丁万于方王石田冯叶史江许何余沈宋张林周郑孟赵胡姚贺秦夏徐高郭唐陶黄彭蒋韩程谢蔡潘")
SURNAMES_EN: Final = (
    "Ding", "Wan", "Yu", "Fang", "Wang", "Shi", "Tian", "Feng", "Ye", "Shi", "Jiang", "Xu", "He", "Yu", "Shen", "Song",
    "Zhang", "Lin", "Zhou", "Zheng", "Meng", "Zhao", "Hu", "Yao", "He", "Qin", "Xia", "Xu", "Gao", "Guo", "Tang", "Tao",
    "Huang", "Peng", "Jiang", "Han", "Cheng", "Xie", "Cai", "Pan",
)  # fmt: skip

# Category codes of the order databases: 0 to 9 as a city front end has them, 10 for applications, 11 for connections.
FAULT, ENQUIRY, COMPLAINT, REPORT, SUGGESTION, OPINION, PRAISE, QUERY, URGING, OTHER, APPLICATION = range(11)
CONNECTION: Final = 11
Matter = tuple[str, str, str]
MATTERS: Final[dict[int, tuple[Matter, ...]]] = {
    FAULT: (
        ("低压故障", "单户无电", "进户线"), ("低压故障", "多户无电", "低压线路"),
        ("高压故障", "支线无电", "跌落式熔断器"),
        ("计量故障", "表计黑屏", "智能表"), ("客户内部故障", "内部短路", "漏电保护"),
        ("电能质量故障", "电压偏低", "过负荷"),
        ("非电力故障", "通信线路", "弱电"),
    ),
    ENQUIRY: (("电费咨询", "电价", "阶梯电价"), ("停电咨询", "停电原因", "恢复时间"), ("业扩咨询", "报装流程", "低压")),
    COMPLAINT: (
        ("供电质量投诉", "供电可靠性", "频繁停电"), ("供电质量投诉", "电压质量", "电压质量长时间异常"),
        ("停送电投诉", "抢修服务", "抢修超时限"), ("停送电投诉", "停电信息", "未按计划停送电"),
        ("营业投诉", "抄表", "抄表差错"), ("营业投诉", "业扩报装", "业扩报装超时限"),
        ("服务投诉", "服务态度", "抢修人员服务态度"), ("电网建设投诉", "施工行为", "施工遗留"),
    ),
    REPORT: (("窃电举报", "私接", "居民"), ("破坏设施", "外力", "施工")),
    SUGGESTION: (("服务建议", "渠道", "网上国网"), ("电网建议", "改造", "台区改造")),
    OPINION: (("供电质量意见", "停电", "次数偏多"),
        ("供电质量意见", "电压", "电压偏低"),
        ("营业意见", "电费", "金额异常")),
    PRAISE: (("服务表扬", "抢修", "及时"),),
    QUERY: (("信息查询", "电费余额", "本月"), ("信息查询", "停电信息", "本区域"), ("信息查询", "业务进度", "报装")),
    URGING: (("催办", "抢修进度", "到场"), ("催办", "业务进度", "答复")),
    OTHER: (("综合业务", "资料变更", "联系方式"),),
    APPLICATION: (("服务申请", "电能表校验", "居民"), ("服务申请", "欠费复电", "居民"),
        ("服务申请", "电器损坏核损", "居民")),
    CONNECTION: (("业扩报装", "低压居民", "单电源"), ("业扩报装", "低压非居民", "单电源"),
        ("业扩报装", "高压", "单电源"), ("业扩报装", "高压", "双电源")),
}  # fmt: skip
LOW_VOLTAGE_FAULT, LOW_VOLTAGE_COMPLAINT, LOW_VOLTAGE_OPINION = 5, 1, 1
CUSTOMER_FAULT, OTHER_FAULT = 4, 6
CAUSES: Final = (
    ("设备", "老化"), ("设备", "接触不良"), ("外力", "车辆碰撞"), ("外力", "施工挖断"),
        ("天气", "大风"), ("天气", "雷击"),
    ("用户", "设备过载"), ("异物", "树障"),
)  # fmt: skip
WIND, LIGHTNING, OVERLOAD = 4, 5, 6
