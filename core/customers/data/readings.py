"""Readings that a dictionary of single characters gets wrong in names: polyphones, surnames, words and places."""

from __future__ import annotations

_POLYPHONES = """
重:zhong,chong 长:chang,zhang 行:hang,xing 乐:le,yue 单:dan,shan,chan 解:jie,xie 曾:zeng,ceng 仇:chou,qiu
查:cha,zha 翟:zhai,di 盖:gai,ge 葛:ge 区:qu,ou 朴:pu,piao 尉:wei,yu 六:liu,lu 厦:xia,sha 蚌:bang,beng
调:tiao,diao 藏:cang,zang 朝:chao,zhao 传:chuan,zhuan 参:can,shen 车:che,ju 乘:cheng,sheng 盛:sheng,cheng
奇:qi,ji 会:hui,kuai 角:jiao,jue 校:xiao,jiao 降:jiang,xiang 度:du,duo 番:fan,pan 繁:fan,po
佛:fo,fu 合:he,ge 茄:qie,jia 卡:ka,qia 壳:ke,qiao 宿:su,xiu 尾:wei,yi 纤:xian,qian 巷:xiang,hang 系:xi,ji
强:qiang,jiang 省:sheng,xing 沈:shen,chen 粘:zhan,nian 扎:zha,za 属:shu,zhu 泊:bo,po 膀:bang,pang 辟:bi,pi
堡:bao,bu,pu 扁:bian,pian 便:bian,pian 屏:ping,bing 伯:bo,bai 柏:bai,bo 百:bai 秘:mi,bi 泌:mi,bi 埔:pu,bu
圩:wei,xu 涡:wo,guo 渑:mian,sheng 莘:xin,shen 枞:cong,zong 乾:qian,gan 缪:miao,mou 牟:mou,mu 覃:qin,tan
禅:chan,shan 种:zhong,chong 祭:ji,zhai 员:yuan,yun 任:ren 冼:xian 洗:xi,xian 晟:sheng,cheng 贾:jia,gu
弹:tan,dan 广:guang 厂:chang 台:tai 丽:li 都:du,dou 地:di,de 还:huan,hai
折:zhe,she 识:shi,zhi 似:si,shi 食:shi 说:shuo,shui 谷:gu,yu 给:gei,ji 干:gan 耿:geng 谁:shei,shui
少:shao 提:ti,di 吐:tu 陶:tao,yao 铅:qian,yan 亲:qin,qing 雀:que,qiao 汤:tang,shang 颤:chan,zhan
吓:xia,he 咽:yan,ye 殷:yin,yan 应:ying 与:yu 择:ze,zhai 炸:zha 轧:ya,zha 爪:zhua,zhao
湛:zhan 著:zhu,zhuo 着:zhe,zhuo,zhao 作:zuo 柞:zuo,zha 阿:a,e 娄:lou 露:lu,lou 绿:lv,lu 落:luo,la,lao
率:lv,shuai 蔓:man,wan 没:mei,mo 糜:mi,mei 模:mo,mu 弄:nong,long 疟:nve,yao 嚼:jiao,jue 劲:jin,jing
井:jing 圈:quan,juan 卷:juan,quan 拓:tuo,ta 洞:dong,tong 亳:bo 泷:long,shuang 涪:fu 歙:she,xi 黟:yi 荥:xing,ying
莞:guan,wan 浒:hu,xu 浚:jun,xun 溧:li 郫:pi 邛:qiong 犍:jian,qian 珲:hui,hun 瓦:wa 呼:hu 和:he,huo,hu 斗:dou
好:hao 红:hong,gong 汲:ji 稽:ji,qi 济:ji 监:jian 浆:jiang 酵:jiao,xiao 禁:jin 颈:jing,geng 军:jun 可:ke 溃:kui,hui
栎:li,yue 量:liang 笼:long 陆:lu,liu 蒙:meng 磨:mo 那:na,ne 宁:ning 澎:peng 胖:pang,pan 撇:pie 仆:pu
曲:qu 色:se,shai 杉:shan,sha 煞:sha 蛇:she,yi 氏:shi,zhi 术:shu,zhu 数:shu,shuo 遂:sui 臊:sao 挑:tiao
同:tong 褪:tui,tun 为:wei 委:wei 乌:wu 鲜:xian 相:xiang 肖:xiao 兴:xing 戌:xu,qu 旋:xuan 血:xue,xie 燕:yan 要:yao
约:yue,yao 晕:yun 载:zai 脏:zang 占:zhan 涨:zhang 正:zheng 只:zhi 中:zhong 轴:zhou 爷:ye 琢:zhuo,zuo 钻:zuan
尺:chi,che 臭:chou,xiu 畜:chu,xu 伺:si,ci 逮:dai,di 掸:dan,shan 坊:fang 脯:fu,pu 缝:feng 杠:gang 蛤:ha,ge 蔗:zhe
薄:bo,bao 剥:bo,bao 刨:bao,pao 臂:bi 瀑:pu,bao 澄:cheng,deng 冲:chong 叉:cha 差:cha,chai,ci 刹:sha,cha 裳:shang,chang
匙:chi,shi 创:chuang 攒:zan,cuan 撮:cuo,zuo 阜:fu 甫:fu 芥:jie,gai 芫:yuan,yan 芍:shao 荨:qian,xun 苔:tai 荠:ji,qi
菌:jun 落:luo,la,lao 薏:yi 蕃:fan,bo 虾:xia,ha 蜡:la 呷:xia,ga 咖:ka,ga 啤:pi 喷:pen 喝:he 嘉:jia 熟:shu,shou
"""

POLYPHONES: dict[str, tuple[str, ...]] = {
    character: tuple(readings.split(","))
    for character, _, readings in (one.partition(":") for one in _POLYPHONES.split())
}
"""Characters with several readings that occur in names; first the one that is usual in names of companies."""

_SURNAMES = """
单:shan 仇:qiu 曾:zeng 解:xie 翟:zhai 查:zha 盖:ge 葛:ge 区:ou 朴:piao 尉:wei 缪:miao 牟:mou 覃:qin 种:chong 祭:zhai
员:yun 任:ren 冼:xian 洗:xian 晟:cheng 贾:jia 长:zhang 乐:yue 石:shi 折:she 谷:gu 陶:tao 汤:tang 万:wan 殷:yin 应:ying
柏:bai 秘:bi 繁:po 华:hua 纪:ji 贲:ben 臧:zang 宓:fu 逄:pang 隗:wei 阚:kan 郗:xi 晁:chao 仉:zhang 召:shao 車:che 车:che
沈:shen 石:shi 燕:yan 尹:yin 宁:ning 令:ling 卜:bu 哈:ha 呙:guo 那:na 黑:he 盛:sheng 洗:xian 佴:nai 郇:xun 亓:qi 芮:rui
乜:nie 妫:gui 麦:mai 曲:qu 强:qiang 卡:ka 藏:zang 适:kuo 都:du 過:guo 过:guo 隽:juan 撒:sa 钭:tou 褚:chu 谌:chen 莘:shen
万俟:mo,qi 尉迟:yu,chi 长孙:zhang,sun 单于:chan,yu 澹台:tan,tai 令狐:ling,hu 欧阳:ou,yang 司马:si,ma 上官:shang,guan
诸葛:zhu,ge 皇甫:huang,fu 夏侯:xia,hou 东方:dong,fang 公孙:gong,sun 慕容:mu,rong 宇文:yu,wen 司徒:si,tu 独孤:du,gu
南宫:nan,gong 端木:duan,mu 呼延:hu,yan 轩辕:xuan,yuan 百里:bai,li 西门:xi,men 钟离:zhong,li 濮阳:pu,yang 淳于:chun,yu
申屠:shen,tu 鲜于:xian,yu 赫连:he,lian 拓跋:tuo,ba
"""

SURNAMES: dict[str, tuple[str, ...]] = {
    surname: tuple(readings.split(",")) for surname, _, readings in (one.partition(":") for one in _SURNAMES.split())
}
"""Surnames whose reading must not be guessed, double surnames among them."""

_WORDS = """
重庆:chong,qing 重阳:chong,yang 重楼:chong,lou 九重:jiu,chong 双重:shuang,chong 重重:chong,chong 乐清:yue,qing
乐陵:lao,ling 乐亭:lao,ting 乐器:yue,qi 音乐:yin,yue 六安:lu,an 六合:lu,he 蚌埠:beng,bu 会计:kuai,ji 会稽:kuai,ji
行唐:xing,tang 行政:xing,zheng 行者:xing,zhe 行动:xing,dong 行走:xing,zou 旅行:lv,xing 同行:tong,xing 步行:bu,xing
自行车:zi,xing,che 发行:fa,xing 通行:tong,xing 远行:yuan,xing 先行:xian,xing 力行:li,xing 知行:zhi,xing 慢行:man,xing
前行:qian,xing 运行:yun,xing 平行:ping,xing 执行:zhi,xing 董事长:dong,shi,zhang 成长:cheng,zhang 生长:sheng,zhang
校长:xiao,zhang 单县:shan,xian 解州:xie,zhou 厦门:xia,men 大厦:da,sha 广厦:guang,sha 番禺:pan,yu 东莞:dong,guan
莞香:guan,xiang 台州:tai,zhou 天台:tian,tai 丽水:li,shui 铅山:yan,shan 浚县:xun,xian 荥阳:xing,yang 荥经:ying,jing
渑池:mian,chi 莘县:shen,xian 涡阳:guo,yang 枞阳:zong,yang 歙县:she,xian 泌阳:bi,yang 柞水:zha,shui 大埔:da,bu
尉氏:wei,shi 尉犁:yu,li 佛山:fo,shan 屏山:ping,shan 长子县:zhang,zi,xian 长白:chang,bai 朝阳:chao,yang 朝天:chao,tian
调味:tiao,wei 调料:tiao,liao 调和:tiao,he 调酒:tiao,jiu 空调:kong,tiao 调研:diao,yan 调查:diao,cha 藏族:zang,zu
藏药:zang,yao 西藏:xi,zang 藏香:zang,xiang 藏地:zang,di 青藏:qing,zang 川藏:chuan,zang 滇藏:dian,zang
藏红花:zang,hong,hua 藏羚:zang,ling 雪藏:xue,cang 冷藏:leng,cang 窖藏:jiao,cang 珍藏:zhen,cang 传记:zhuan,ji
人参:ren,shen 西洋参:xi,yang,shen 海参:hai,shen 参茸:shen,rong 参业:shen,ye 党参:dang,shen 丹参:dan,shen
红参:hong,shen 玄参:xuan,shen 太子参:tai,zi,shen 参宝:shen,bao 大夫:dai,fu 系统:xi,tong 联系:lian,xi 车马炮:ju,ma,pao
都市:du,shi 大都:da,du 成都:cheng,du 首都:shou,du 土地:tu,di 粘玉米:nian,yu,mi 粘豆包:nian,dou,bao 粘米:nian,mi
泸沽:lu,gu 洪洞:hong,tong 百色:bai,se 阿坝:a,ba 阿里:a,li 阿胶:e,jiao 东阿:dong,e 阿拉善:a,la,shan
呼和浩特:hu,he,hao,te 和田:he,tian 珲春:hun,chun 犍为:qian,wei 武陟:wu,zhi 郫县:pi,xian 济南:ji,nan 济宁:ji,ning
宁波:ning,bo 甘孜:gan,zi 曲阜:qu,fu 瓦房店:wa,fang,dian 牟平:mu,ping 中牟:zhong,mu 肥乡:fei,xiang 沈阳:shen,yang
沈丘:shen,qiu 石家庄:shi,jia,zhuang 石嘴山:shi,zui,shan 宿迁:su,qian 宿州:su,zhou 宿松:su,song 吉木乃:ji,mu,nai
陆丰:lu,feng 浒墅关:xu,shu,guan 浒苔:hu,tai 麻城:ma,cheng 蔚县:yu,xian 耒阳:lei,yang 郴州:chen,zhou 儋州:dan,zhou
泷水:shuang,shui 罗定:luo,ding 圩镇:xu,zhen 盱眙:xu,yi 睢宁:sui,ning 睢县:sui,xian 邳州:pi,zhou 邗江:han,jiang
婺源:wu,yuan 弋阳:yi,yang 鄱阳:po,yang 亳州:bo,zhou 砀山:dang,shan 濮阳:pu,yang 井陉:jing,xing 蠡县:li,xian
无为:wu,wei 便宜:pian,yi 便利:bian,li 强大:qiang,da 鲜活:xian,huo 生肖:sheng,xiao 绿林:lu,lin 鸭绿江:ya,lu,jiang
落花生:luo,hua,sheng 畜牧:xu,mu 畜禽:chu,qin 畜产:xu,chan 禽畜:qin,chu 牲畜:sheng,chu 果脯:guo,fu 肉脯:rou,fu
胸脯:xiong,pu 蛤蜊:ge,li 文蛤:wen,ge 薄荷:bo,he 薄饼:bao,bing 薄脆:bao,cui 咖啡:ka,fei 咖喱:ga,li 番茄:fan,qie
茄汁:qie,zhi 番薯:fan,shu 芥蓝:gai,lan 芥末:jie,mo 荸荠:bi,qi 酵母:jiao,mu 酵素:jiao,su 色拉:se,la 露酒:lu,jiu
露露:lu,lu 率先:shuai,xian 效率:xiao,lv 模具:mu,ju 模型:mo,xing 模板:mu,ban 差旅:chai,lv 折扣:zhe,kou 创意:chuang,yi
旋转:xuan,zhuan 万俟:mo,qi 南无:na,mo 贝壳:bei,ke 地壳:di,qiao 牛轧糖:niu,zha,tang 轧钢:zha,gang 压轧:ya,zha
扎啤:zha,pi 扎染:za,ran 给水:ji,shui 供给:gong,ji 供应:gong,ying 血糖:xue,tang 伺服:si,fu 饲料:si,liao
一条龙:yi,tiao,long 大王:da,wang 药行:yao,hang 商行:shang,hang 银行:yin,hang 行业:hang,ye 车行:che,hang
粮行:liang,hang
"""

WORDS: dict[str, tuple[str, ...]] = {
    word: tuple(readings.split(",")) for word, _, readings in (one.partition(":") for one in _WORDS.split())
}
"""Places and words of the trade in which a character is read otherwise than usual."""
